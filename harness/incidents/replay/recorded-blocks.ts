import type { Hash } from 'viem'
import type { RollupConfig } from '../../../node/config/rollup-config.ts'
import { attributesOn, buildPayload, createTestChain } from '../../../node/engine/testing/test-chain.ts'
import type { PayloadEnvelope } from '../../../node/protocol/payload.ts'
import type { L2BlockRef } from '../../../node/protocol/refs.ts'
import type { HeadLevel } from '../../events/event.ts'
import { trackOf } from '../explain/features.ts'
import { type Head, type Incident, isZeroHead } from '../explain/incident.ts'
import { hashOf, idOf, type RecordedHeaders, readHeaders, standInHash } from './recorded-headers.ts'
import { ReplayError } from './replay-error.ts'

/** An L2 block of a recording, with a payload that stands in for its own: same hash, place and origin, other content. */
export interface RecordedBlock {
  readonly ref: L2BlockRef
  readonly envelope: PayloadEnvelope
  /** When anybody but the node under test had it first. */
  readonly t: number
}

/** The L2 blocks of a recording as a tree on its lowest one. */
export interface RecordedBlocks {
  readonly config: RollupConfig
  readonly base: RecordedBlock
  readonly byHash: ReadonlyMap<string, RecordedBlock>
  /** How many were not even named, and only their places are known. */
  readonly unnamed: number
  readonly headers: RecordedHeaders
}

interface Known {
  readonly number: number
  readonly hash: string
  t: number
  parent?: string | undefined
  origin?: { readonly number: number; readonly hash: string } | undefined
}

const levels: readonly HeadLevel[] = ['unsafe', 'localSafe', 'crossSafe', 'finalized']
/** A recording is replayed on its newest so many blocks; what lies below is "not known yet". */
const blocksMax = 50_000

/**
 * @param without whose heads are not inputs: the node under test and its engine.
 * @throws ReplayError when nobody else published a head with its origin.
 */
export function readBlocks(incident: Incident, without: ReadonlySet<string>): RecordedBlocks {
  const heights = knownHeads(incident, without)
  const numbers = [...heights.keys()].sort((a, b) => a - b)
  const top = numbers.at(-1)
  const lowest = numbers.find((number) => number >= (top ?? 0) - blocksMax)
  const base = heights
    .get(lowest ?? -1)
    ?.values()
    .toArray()
    .find(({ origin }) => origin !== undefined)
  if (top === undefined || lowest === undefined || base?.origin === undefined)
    throw new ReplayError(
      'expected heads with their L1 origins of another node than the one under test, found none: record its source too',
    )
  const unnamed = linkDown(heights, base, top)
  const headers = readHeaders(incident, idOf(base.origin))
  return { ...buildUp(incident, heights, base, top, headers), unnamed, headers }
}

function knownHeads(incident: Incident, without: ReadonlySet<string>): Map<number, Map<string, Known>> {
  const heights = new Map<number, Map<string, Known>>()
  for (const node of incident.nodes.values()) {
    if (without.has(node.name)) continue
    for (const level of levels)
      for (const { t, value } of trackOf(node, level).moves()) if (!isZeroHead(value)) know(value, t)
  }
  function know({ number, hash, parent, origin }: Head, t: number): void {
    const at = heights.get(number) ?? new Map<string, Known>()
    heights.set(number, at)
    const known = at.get(hash) ?? { number, hash, t }
    at.set(hash, known)
    known.t = Math.min(known.t, t)
    known.parent ??= parent
    known.origin ??= origin
  }
  return heights
}

/** Gives every block a parent, down to the base. Returns how many parents nobody named. */
function linkDown(heights: Map<number, Map<string, Known>>, base: Known, top: number): number {
  let unnamed = 0
  for (let number = top; number > base.number; number--) {
    const below = heights.get(number - 1) ?? new Map<string, Known>()
    heights.set(number - 1, below)
    for (const block of heights.get(number)?.values() ?? []) {
      if (number - 1 === base.number) {
        block.parent = base.hash
        continue
      }
      const likely = block.parent === undefined ? likelyParent(below, block) : undefined
      if (likely === undefined && block.parent === undefined) unnamed++
      block.parent ??= likely?.hash ?? standInHash(`the parent of ${block.hash}`)
      if (!below.has(block.parent))
        below.set(block.parent, { number: number - 1, hash: block.parent, t: block.t })
      const parent = below.get(block.parent)
      if (parent !== undefined) parent.t = Math.min(parent.t, block.t)
    }
  }
  return unnamed
}

/** The newest block below that was there before it, on an origin that is no later. */
function likelyParent(below: ReadonlyMap<string, Known>, block: Known): Known | undefined {
  return below
    .values()
    .filter(({ t, origin }) => t <= block.t && (origin?.number ?? 0) <= (block.origin?.number ?? Infinity))
    .toArray()
    .sort((a, b) => b.t - a.t)[0]
}

function buildUp(
  incident: Incident,
  heights: ReadonlyMap<number, ReadonlyMap<string, Known>>,
  base: Known,
  top: number,
  headers: RecordedHeaders,
): Pick<RecordedBlocks, 'config' | 'base' | 'byHash'> {
  const blockTime = BigInt(Math.max(1, Math.round(incident.l2BlockMs / 1000)))
  const origin = headers.of(base.origin ?? { number: 0, hash: standInHash('an origin') })
  const l2Time = genesisTime(heights, base, Number(blockTime), headers)
  const drawn = createTestChain(origin, { blockTime, seqWindowSize: 3_600n })
  const payload = {
    ...drawn.genesis.payload,
    ...{ blockNumber: BigInt(base.number), blockHash: hashOf(base.hash), timestamp: l2Time },
  }
  const config: RollupConfig = {
    ...drawn.config,
    genesis: {
      ...drawn.config.genesis,
      ...{ l1: { number: origin.number, hash: origin.hash }, l2: idOf(base), l2Time },
    },
    maxSequencerDrift: 1_000_000n,
  }
  const first: RecordedBlock = {
    ref: {
      ...{ ...idOf(base), parentHash: payload.parentHash, timestamp: l2Time },
      ...{ l1Origin: config.genesis.l1, sequenceNumber: 0n },
    },
    envelope: { ...drawn.genesis, payload },
    t: base.t,
  }
  const byHash = new Map<string, RecordedBlock>([[base.hash, first]])
  for (let number = base.number + 1; number <= top; number++)
    for (const block of heights.get(number)?.values() ?? []) {
      const parent = byHash.get(block.parent ?? '')
      if (parent === undefined) continue
      const l1 =
        block.origin === undefined ? headers.of(plain(parent.ref.l1Origin)) : headers.of(block.origin)
      const { attributes } = attributesOn(config, parent.ref, l1)
      const built = buildPayload(config, parent.envelope.payload, attributes)
      const same = l1.hash === parent.ref.l1Origin.hash
      byHash.set(block.hash, {
        ref: {
          ...{ ...idOf(block), parentHash: parent.ref.hash, timestamp: attributes.timestamp },
          l1Origin: { number: l1.number, hash: l1.hash },
          sequenceNumber: same ? parent.ref.sequenceNumber + 1n : 0n,
        },
        envelope: { ...built, payload: { ...built.payload, blockHash: hashOf(block.hash) } },
        t: block.t,
      })
    }
  return { config, base: first, byHash }
}

const plain = ({ number, hash }: { readonly number: bigint; readonly hash: Hash }) => ({
  ...{ number: Number(number), hash },
})

/** A block is seen no earlier than its time, and is no older than its origin: seconds of the base block. */
function genesisTime(
  heights: ReadonlyMap<number, ReadonlyMap<string, Known>>,
  base: Known,
  blockTime: number,
  headers: RecordedHeaders,
): bigint {
  let seen = Number.POSITIVE_INFINITY
  let origins = 0
  for (const [number, blocks] of heights)
    for (const { t, origin } of blocks.values()) {
      const since = (number - base.number) * blockTime
      seen = Math.min(seen, Math.floor(t / 1000) - since)
      if (origin !== undefined) origins = Math.max(origins, Number(headers.of(origin).timestamp) - since)
    }
  return BigInt(Math.max(0, Math.max(Number.isFinite(seen) ? seen : 0, origins)))
}
