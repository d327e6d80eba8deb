import type { RollupConfig } from '../config/rollup-config.ts'
import type { L1Source } from '../ports/l1-source.ts'
import type { L2Source } from '../ports/l2-source.ts'
import { l2BlockRefFromPayload } from '../protocol/block-ref.ts'
import type { ForkchoiceState } from '../protocol/payload.ts'
import { formatRef, isZeroRef, type L2BlockRef, zeroHash } from '../protocol/refs.ts'
import type { SafeHeads } from '../safe-heads/safe-heads.ts'
import type { EngineHeads } from './engine-client.ts'
import { CriticalEngineError, TemporaryEngineError } from './errors.ts'
import { advances } from './forkchoice-rules.ts'
import { createOriginCheck, type OriginCheck } from './origin-check.ts'
import { survivingSafe } from './surviving-safe.ts'

/** What {@link findStartingHeads} reads. */
export interface SyncStartSources {
  readonly config: RollupConfig
  readonly l1: L1Source
  readonly l2: L2Source
  /** The block that we know to be finalized; the zero reference after a restart. */
  readonly finalized: L2BlockRef
  /** What was derived from where. Null when safe comes from a follow source. */
  readonly safeHeads: Pick<SafeHeads, 'newestUpTo' | 'before'> | null
  readonly signal?: AbortSignal
}

/** Where to start. */
export interface SyncStart {
  readonly heads: EngineHeads
  /** The forkchoice that the execution engine has, with genesis for a label that it has not. */
  readonly engineSays: ForkchoiceState
  /** False when the block that we know to be finalized is not in the engine's chain: the engine lost it. */
  readonly hasFinalized: boolean
}

/** How deep an L1 reorg may be before it is taken for a wrong L1. In sequencing windows. Source: op-node, sync start. */
const reorgWindowsMax = 5n

/** The L2 genesis block as a reference. */
export function genesisRef(config: RollupConfig): L2BlockRef {
  return {
    hash: config.genesis.l2.hash,
    number: config.genesis.l2.number,
    parentHash: zeroHash,
    timestamp: config.genesis.l2Time,
    l1Origin: config.genesis.l1,
    sequenceNumber: 0n,
  }
}

/**
 * The heads to start from: those of the execution engine (genesis where it has no label), walked back only where the
 * node's own L1 proves, by number → hash, that an L1 origin is not canonical. An L1 block that is not there yet is
 * plausible. Finalized never goes back.
 *
 * Safe is not rewound when nothing was reorged. When something was, a derived safe block stays only if the L1 block it
 * was derived from is canonical; where that is not on record, only if its sequencing window ended below the reorg.
 *
 * Source: specs/protocol/derivation.md, "Finding the sync starting point", with follow-mode.md's "A restart keeps the
 * EL's heads when their origins are still canonical".
 *
 * @throws CriticalEngineError when finalized was reorged, the reorg is deeper than five sequencing windows, or the
 * execution engine or L1 is one of another chain. Any other error is temporary.
 */
export async function findStartingHeads(sources: SyncStartSources): Promise<SyncStart> {
  const { config, l2, signal } = sources
  const [genesis, latest, safeBlock, finalizedBlock, ourFinalized] = await Promise.all([
    l2.blockByNumber(config.genesis.l2.number, signal),
    l2.blockByLabel('latest', signal),
    l2.blockByLabel('safe', signal),
    l2.blockByLabel('finalized', signal),
    isZeroRef(sources.finalized) ? null : l2.blockByNumber(sources.finalized.number, signal),
  ])
  if (genesis !== null && genesis.payload.blockHash !== config.genesis.l2.hash)
    throw new CriticalEngineError(
      `the execution engine is of another chain: expected genesis ${config.genesis.l2.hash}, found ${genesis.payload.blockHash}; check its genesis file and the rollup config`,
    )
  if (latest === null) throw new TemporaryEngineError('the execution engine has no latest block yet')
  const toRef = (block: typeof latest) => l2BlockRefFromPayload(config, block.payload)
  const unsafe = toRef(latest)
  const labelledFinalized = finalizedBlock === null ? genesisRef(config) : toRef(finalizedBlock)
  const labelledSafe = safeBlock === null ? labelledFinalized : toRef(safeBlock)
  // An engine that crashed may name a safe block of another fork than its head's; every update would be refused then.
  const safeIsCanonical =
    (await l2.blockByNumber(labelledSafe.number, signal))?.payload.blockHash === labelledSafe.hash
  const hasFinalized =
    isZeroRef(sources.finalized) || ourFinalized?.payload.blockHash === sources.finalized.hash
  // Its own label may lag behind what we know: a label is only sent once the engine has the block.
  const finalized = lower(
    unsafe,
    hasFinalized && advances(labelledFinalized, sources.finalized) ? sources.finalized : labelledFinalized,
  )
  const safe = higher(finalized, safeIsCanonical ? lower(unsafe, labelledSafe) : finalized)

  const check = createOriginCheck(sources.l1, sources.signal)
  const plausible = await walkBack(sources, check, unsafe, finalized)
  const derived =
    sources.safeHeads === null
      ? safe
      : await survivingSafe(sources, sources.safeHeads, check, { unsafe, plausible, safe, finalized })
  const start = lower(plausible, derived)
  return {
    heads: { unsafe: plausible, localSafe: start, safe: start, finalized },
    engineSays: {
      headBlockHash: unsafe.hash,
      safeBlockHash: labelledSafe.hash,
      finalizedBlockHash: labelledFinalized.hash,
    },
    hasFinalized,
  }
}

/** The highest block at or below `unsafe` with no orphaned origin at or below it. */
async function walkBack(
  { config, l2, signal }: SyncStartSources,
  check: OriginCheck,
  unsafe: L2BlockRef,
  finalized: L2BlockRef,
): Promise<L2BlockRef> {
  let plausible = unsafe
  let cursor = unsafe
  for (;;) {
    const origin = await check(cursor.l1Origin)
    if (origin === 'canonical') return plausible
    const isLast = cursor.number <= finalized.number
    if (origin === 'orphaned' && isLast) throw finalizedReorged(config, cursor)
    // Not there yet proves nothing: an L1 block below may still be orphaned, so the walk goes on.
    if (isLast) return plausible
    if (unsafe.l1Origin.number - cursor.l1Origin.number > reorgWindowsMax * config.seqWindowSize)
      throw new CriticalEngineError(
        `the L1 origins of the L2 chain are not canonical for more than ${reorgWindowsMax} sequencing windows (L2 blocks ${formatRef(cursor)} to ${formatRef(unsafe)}); check that the L1 RPC is of the right chain`,
      )
    const parent = await l2.blockByHash(cursor.parentHash, signal)
    if (parent === null)
      throw new TemporaryEngineError(`the execution engine has no parent of its block ${formatRef(cursor)}`)
    cursor = l2BlockRefFromPayload(config, parent.payload)
    if (origin === 'orphaned') plausible = cursor
  }
}

function finalizedReorged(config: RollupConfig, block: L2BlockRef): CriticalEngineError {
  if (block.number === config.genesis.l2.number)
    return new CriticalEngineError(
      `L1 is of another chain: expected L1 genesis ${formatRef(config.genesis.l1)}, found another block at that number; check the L1 RPC and the rollup config`,
    )
  return new CriticalEngineError(
    `the finalized L2 block ${formatRef(block)} was reorged: its L1 origin ${formatRef(block.l1Origin)} is not canonical on our L1; the L1 RPC is wrong or the database is of another chain`,
  )
}

const lower = (a: L2BlockRef, b: L2BlockRef) => (b.number < a.number ? b : a)
const higher = (a: L2BlockRef, b: L2BlockRef) => (b.number > a.number ? b : a)
