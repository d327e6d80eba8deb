import { formatRef, isZeroRef, type L2BlockRef } from '../../node/protocol/refs.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import { headOf, levels } from '../world/levels.ts'
import type { Observation } from '../world/status-stream.ts'
import { ModelViolation } from './model-violation.ts'

const rememberedMax = 10_000

/**
 * The blocks of an epoch count from 0, and each lies one block time after its parent (specs/protocol/deposits.md, "L1
 * Attributes Deposited Transaction"; derivation.md, "Batch Queue"). A hash stands for all of that: whoever publishes a block
 * says the same of it, whatever a source says (follow-mode.md, steps 4 and 5). Returns what ends it.
 */
export function watchEpochs(world: WatchedWorld): () => void {
  const { cls, parameters } = world
  const blockTime = BigInt(parameters.l2BlockTime)
  const blocks = new Map<string, L2BlockRef>()

  const fail = (name: string, rule: string, found: string) => {
    if (!world.failed.aborted) world.fail(new ModelViolation(name, rule, found))
  }

  function judge(name: string, block: L2BlockRef): void {
    if (isZeroRef(block)) return
    const known = blocks.get(block.hash)
    if (known !== undefined) {
      const difference = differenceOf(known, block)
      if (difference !== null)
        fail(name, 'block-is-one', `it publishes ${formatRef(block)} with ${difference}`)
      return
    }
    blocks.set(block.hash, block)
    if (blocks.size > rememberedMax) blocks.delete(blocks.keys().next().value as string)
    const parent = blocks.get(block.parentHash)
    if (parent === undefined) return
    const isNew = parent.l1Origin.hash !== block.l1Origin.hash
    const expected = isNew ? 0n : parent.sequenceNumber + 1n
    const found =
      block.sequenceNumber !== expected
        ? `block ${block.number} has the sequence number ${block.sequenceNumber}, expected ${expected}`
        : block.timestamp !== parent.timestamp + blockTime
          ? `block ${block.number} has the time ${block.timestamp}, its parent ${parent.timestamp}`
          : null
    if (found !== null) fail(name, 'epochs', found)
  }

  const observe = ({ node, status }: Observation) => {
    for (const level of levels) judge(node, headOf(status, level))
  }
  const ends = [...cls.values()].map(({ status }) => status.onObservation(observe))
  return () => {
    for (const end of ends) end()
  }
}

/** What is said of a block otherwise than before; null when nothing is. */
function differenceOf(known: L2BlockRef, block: L2BlockRef): string | null {
  const parts = ({ number, parentHash, timestamp, l1Origin, sequenceNumber }: L2BlockRef) => ({
    ...{ number, 'parent hash': parentHash, time: timestamp },
    ...{ 'L1 origin': formatRef(l1Origin), 'sequence number': sequenceNumber },
  })
  const before = Object.entries(parts(known))
  const now = Object.values(parts(block))
  const at = before.findIndex(([, value], index) => value !== now[index])
  return at < 0 ? null : `the ${before[at]![0]} ${now[at]}, and it was ${before[at]![1]}`
}
