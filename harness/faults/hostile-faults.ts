import { defineSimple, type FaultEntry } from './fault-entry.ts'

const entry = (fault: Parameters<typeof defineSimple>[0], kind: HostileKind, says: string) =>
  defineSimple(fault, says, { hostile: { kind } })
type HostileKind = import('./effects.ts').HostileEffect['kind']

const badSignature = entry('badSignature', 'badSignature', 'A true block with a signature by another key.')
const wrongHash = entry(
  'wrongHash',
  'wrongHash',
  'A block whose hash is not that of its fields, signed by the sequencer.',
)
const oldBlock = entry(
  'oldBlock',
  'oldBlock',
  'A block that is more than a minute old, well formed and signed by the sequencer.',
)
const futureBlock = entry(
  'futureBlock',
  'futureBlock',
  'A block that is a minute ahead, well formed and signed by the sequencer.',
)
const duplicate = entry(
  'duplicate',
  'duplicate',
  'A block that was gossiped already, in other bytes: the same block under another compression.',
)
const anotherChainBlock = entry(
  'anotherChainBlock',
  'anotherChainBlock',
  'A block that is signed for another chain id.',
)
const oversized = entry('oversized', 'oversized', 'A message that is longer than any block may be.')

/** What a hostile gossiper sends for every block that it hears. */
export const hostileFaults = {
  badSignature: () => badSignature.make({}),
  wrongHash: () => wrongHash.make({}),
  oldBlock: () => oldBlock.make({}),
  futureBlock: () => futureBlock.make({}),
  duplicate: () => duplicate.make({}),
  anotherChainBlock: () => anotherChainBlock.make({}),
  oversized: () => oversized.make({}),
}

/** Whether a fault of the vocabulary, as JSON, is one of a hostile gossiper. */
export const isHostileFault = ({ fault }: { readonly fault: string }): boolean =>
  Object.hasOwn(hostileFaults, fault)

export const hostileEntries: readonly FaultEntry[] = [
  ...[badSignature, wrongHash, oldBlock, futureBlock, duplicate, anotherChainBlock, oversized],
]
