import type { Hash } from 'viem'
import type { RollupConfig } from '../../../node/config/rollup-config.ts'
import { attributesOn, buildPayload, createTestChain } from '../../../node/engine/testing/test-chain.ts'
import { payloadBlockHash } from '../../../node/protocol/block-hash.ts'
import type { PayloadEnvelope } from '../../../node/protocol/payload.ts'
import type { L2BlockRef } from '../../../node/protocol/refs.ts'
import type { HeadLevel } from '../../events/event.ts'
import { trackOf } from '../explain/features.ts'
import type { Head } from '../explain/head.ts'
import { type Incident, isZeroHead } from '../explain/incident.ts'
import { sealHeader } from './live/seal-header.ts'
import { hashOf, idOf, type RecordedHeaders, readHeaders, standInHash } from './recorded-headers.ts'
import { ReplayError } from './replay-error.ts'

/** An L2 block of a recording, with a payload that stands in for its own: same hash, place and origin, other content. */
export interface RecordedBlock {
  readonly ref: L2BlockRef
  readonly envelope: PayloadEnvelope
  /** When anybody but the node under test had it first. */
  readonly t: number
  /** Null of the lowest one. */
  readonly parent: RecordedBlock | null
}

/** The L2 blocks of a recording as a tree on its lowest one. */
export interface RecordedBlocks {
  readonly config: RollupConfig
  readonly base: RecordedBlock
  /** By the hash that was recorded. */
  readonly byHash: ReadonlyMap<string, RecordedBlock>
  /** How many were not even named, and only their places are known. */
  readonly unnamed: number
  readonly headers: RecordedHeaders
  /** The recorded hash of an L1 or L2 block that the replay gave another one. */
  recordedHash(hash: Hash): Hash
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
/** Of several branches together. */
const unnamedMax = 200_000

/**
 * @param without whose heads are not inputs: the node under test and its engine.
 * @param sealed every block has the hash of what stands in for its content, as a node that computes hashes needs it;
 *   default: the recorded hash.
 * @throws ReplayError when nobody else published a head with its origin.
 */
export function readBlocks(incident: Incident, without: ReadonlySet<string>, sealed = false): RecordedBlocks {
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
  const headers = readHeaders(incident, idOf(base.origin), sealed ? sealHeader : undefined)
  const built = buildUp(incident, heights, { base, top, headers, sealed })
  const names = new Map(built.byHash.entries().map(([hash, { ref }]) => [ref.hash, hashOf(hash)]))
  return {
    ...{ ...built, unnamed, headers },
    recordedHash: (hash) => names.get(hash) ?? headers.recordedHash(hash) ?? hash,
  }
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
      if (likely === undefined && block.parent === undefined && ++unnamed > unnamedMax)
        throw new ReplayError(
          `expected most blocks between the named ones to be named, found more than ${unnamedMax} that are not`,
        )
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

interface Ground {
  readonly base: Known
  readonly top: number
  readonly headers: RecordedHeaders
  readonly sealed: boolean
}

function buildUp(
  incident: Incident,
  heights: ReadonlyMap<number, ReadonlyMap<string, Known>>,
  { base, top, headers, sealed }: Ground,
): Pick<RecordedBlocks, 'config' | 'base' | 'byHash'> {
  const blockTime = BigInt(Math.max(1, Math.round(incident.l2BlockMs / 1000)))
  const origin = headers.of(base.origin ?? { number: 0, hash: standInHash('an origin') })
  const l2Time = genesisTime(heights, base, Number(blockTime), headers)
  const drawn = createTestChain(origin, { blockTime, seqWindowSize: 3_600n })
  const hashed = (envelope: PayloadEnvelope, hash: string): PayloadEnvelope => ({
    ...envelope,
    payload: { ...envelope.payload, blockHash: sealed ? payloadBlockHash(envelope) : hashOf(hash) },
  })
  const lowest = hashed(
    {
      ...drawn.genesis,
      payload: { ...drawn.genesis.payload, blockNumber: BigInt(base.number), timestamp: l2Time },
    },
    base.hash,
  )
  const { blockHash, parentHash } = lowest.payload
  const lowestId = { hash: blockHash, number: BigInt(base.number) }
  const config: RollupConfig = {
    ...drawn.config,
    genesis: {
      ...drawn.config.genesis,
      ...{ l1: { number: origin.number, hash: origin.hash }, l2: lowestId, l2Time },
    },
    maxSequencerDrift: 1_000_000n,
  }
  const first: RecordedBlock = {
    ref: {
      ...{ ...lowestId, parentHash, timestamp: l2Time },
      ...{ l1Origin: config.genesis.l1, sequenceNumber: 0n },
    },
    envelope: lowest,
    ...{ t: base.t, parent: null },
  }
  const byHash = new Map<string, RecordedBlock>([[base.hash, first]])
  /** As they were recorded: a block whose origin nobody told stands on that of its parent. */
  const origins = new Map<RecordedBlock, { readonly number: number; readonly hash: string }>()
  if (base.origin !== undefined) origins.set(first, base.origin)
  for (let number = base.number + 1; number <= top; number++)
    for (const block of heights.get(number)?.values() ?? []) {
      const parent = byHash.get(block.parent ?? '')
      if (parent === undefined) continue
      const above = block.origin ?? origins.get(parent)
      const l1 = above === undefined ? origin : headers.of(above)
      const { attributes } = attributesOn(config, parent.ref, l1)
      // Two blocks on one parent and origin differ in something.
      const suggestedFeeRecipient = hashOf(block.hash.slice(0, 42))
      const envelope = hashed(
        buildPayload(config, parent.envelope.payload, { ...attributes, suggestedFeeRecipient }),
        block.hash,
      )
      const same = l1.hash === parent.ref.l1Origin.hash
      const made: RecordedBlock = {
        ref: {
          ...{ hash: envelope.payload.blockHash, number: BigInt(block.number) },
          ...{ parentHash: parent.ref.hash, timestamp: attributes.timestamp },
          l1Origin: { number: l1.number, hash: l1.hash },
          sequenceNumber: same ? parent.ref.sequenceNumber + 1n : 0n,
        },
        ...{ envelope, t: block.t, parent },
      }
      byHash.set(block.hash, made)
      if (above !== undefined) origins.set(made, above)
    }
  return { config, base: first, byHash }
}

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
