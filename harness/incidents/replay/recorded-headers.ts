import { type Hash, keccak256, toHex } from 'viem'
import type { L1Header } from '../../../node/ports/l1-source.ts'
import type { BlockId } from '../../../node/protocol/refs.ts'
import type { WorldEvent } from '../../events/event.ts'
import type { Incident } from '../explain/incident.ts'
import { ReplayError } from './replay-error.ts'

/** The L1 headers of a recording by hash. A block that was named and never shown is stood in for. */
export interface RecordedHeaders {
  /** @returns the header; one that stands in for it when L1 never showed that block. */
  of(block: { readonly number: number; readonly hash: string }): L1Header
  /** Parent of a block that L1 never showed, and so on: headers from `from` up to the first that was shown. */
  readonly below: readonly L1Header[]
  /** Blocks that were named by heads and not shown by L1. */
  readonly standIns: number
  /** The recorded hash of a header that was given another one. */
  recordedHash(hash: Hash): Hash | undefined
}

export const hashOf = (text: string) => text as Hash
export const idOf = ({ number, hash }: { readonly number: number; readonly hash: string }): BlockId => ({
  number: BigInt(number),
  hash: hashOf(hash),
})

/** Stand-ins from the origin of the first L2 block to where the recording of L1 begins: a sequencing window is 3600. */
const belowMax = 20_000

/**
 * @param lowest the L1 block that the first L2 block of the replay stands on.
 * @param seal gives a header the hash that it needs; default: the recorded one.
 */
export function readHeaders(
  incident: Incident,
  lowest: BlockId,
  seal: (header: L1Header) => L1Header = (header) => header,
): RecordedHeaders {
  const { events, l1BlockMs } = incident
  const known = new Map<string, L1Header>()
  const recorded = new Map<string, Hash>()
  const make = (header: L1Header): L1Header => {
    const made = seal(header)
    known.set(header.hash, made)
    recorded.set(made.hash, header.hash)
    return made
  }
  let standIns = 0
  const blocks = events.filter((event): event is L1Block => event.kind === 'l1-block')
  const [first] = blocks
  /** Where blocks lie in time, when nothing tells it. */
  const anchor = {
    number: first?.block.number ?? Number(lowest.number),
    timestamp: first?.timestamp ?? Math.floor(incident.from / 1000),
  }
  const timeOf = (number: number) =>
    Math.max(0, anchor.timestamp + Math.round(((number - anchor.number) * l1BlockMs) / 1000))

  if (first !== undefined && first.block.number - Number(lowest.number) > belowMax)
    throw new ReplayError(
      `expected at most ${belowMax} L1 blocks below the first that was recorded, found ${first.block.number} above origin ${lowest.number}`,
    )
  const below: L1Header[] = []
  for (let number = Number(lowest.number); first !== undefined && number < first.block.number; number++) {
    const hash = number === Number(lowest.number) ? lowest.hash : standInHash(`l1 ${number}`)
    below.push(make(headerOf(hash, number, timeOf(number), below.at(-1)?.hash)))
    standIns++
  }

  const canonical = new Map(below.map(({ number, hash }) => [Number(number), hash]))
  for (const { block, timestamp } of blocks) {
    const header =
      known.get(block.hash) ??
      make(headerOf(hashOf(block.hash), block.number, timestamp, canonical.get(block.number - 1)))
    canonical.set(block.number, header.hash)
  }

  return {
    below,
    get standIns() {
      return standIns
    },
    of({ number, hash }) {
      const header = known.get(hash)
      if (header !== undefined) return header
      standIns++
      return make(headerOf(hashOf(hash), number, timeOf(number), undefined))
    },
    recordedHash: (hash) => recorded.get(hash),
  }
}

type L1Block = Extract<WorldEvent, { kind: 'l1-block' }>

/** The hash of a block of which nothing but its place is known. */
export const standInHash = (what: string): Hash => keccak256(toHex(`lockstep stands in for ${what}`))

/** What the recording does not have of a header follows from its hash. */
function headerOf(hash: Hash, number: number, timestamp: number, parent: Hash | undefined): L1Header {
  return {
    ...{ hash, number: BigInt(number), timestamp: BigInt(timestamp) },
    parentHash: parent ?? standInHash(`the parent of ${hash}`),
    mixHash: keccak256(toHex(`randao ${hash}`)),
    baseFeePerGas: 1_000_000_000n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: keccak256(toHex(`beacon ${hash}`)),
  }
}
