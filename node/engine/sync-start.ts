import type { RollupConfig } from '../config/rollup-config.ts'
import { type CanonicalityCheck, createCanonicalityCheck, type L1ByNumber } from '../l1/canonicality.ts'
import type { Clock } from '../ports/clock.ts'
import type { L2Source } from '../ports/l2-source.ts'
import type { Random } from '../ports/random.ts'
import { l2BlockRefFromPayload } from '../protocol/block-ref.ts'
import type { ForkchoiceState } from '../protocol/payload.ts'
import { type BlockId, formatRef, type L2BlockRef, zeroHash, zeroL2BlockRef } from '../protocol/refs.ts'
import type { SafeHeads } from '../safe-heads/safe-heads.ts'
import type { EngineHeads } from './engine-client.ts'
import { CriticalEngineError, TemporaryEngineError } from './errors.ts'
import { findStartingChain } from './starting-chain.ts'
import { survivingSafe } from './surviving-safe.ts'
import { createWalkMemory, createWalkReads, type WalkMemory, type WalkReads } from './walk-reads.ts'

/** What {@link findStartingHeads} reads. */
export interface SyncStartSources {
  readonly config: RollupConfig
  readonly l1: L1ByNumber
  readonly l2: L2Source
  /** The block that we know to be finalized; the zero reference after a restart. */
  readonly finalized: L2BlockRef
  /** The block that we hold for safe; the zero reference after a restart. Default: that. */
  readonly safe?: L2BlockRef
  /**
   * How far the safe blocks that an earlier reset kept unproven have been derived again, when they have not all been: no
   * block above it is kept once more. Default: there are none.
   */
  readonly provenSafe?: L2BlockRef | null
  /** What was derived from where. Null when safe comes from a follow source. */
  readonly safeHeads: Pick<SafeHeads, 'newestUpTo' | 'before'> | null
  /** True for a block that own L1 was seen to replace, and not to take back. Default: nothing was seen. */
  readonly isOrphan?: (block: BlockId) => boolean
  /** True when own L1 speaks with one voice, and has for a few looks; else nothing that it says ends the node. Default: it does. */
  readonly isL1Settled?: () => boolean
  /** True while own L1 shows another fork, which is not believed yet: no head goes back for what it may take back. Default: false. */
  readonly isL1InDoubt?: () => boolean
  readonly clock: Clock
  /** Default: the waits between attempts are exact. */
  readonly random?: Random
  /** What an earlier, failed attempt has read. Default: nothing. */
  readonly memory?: WalkMemory
  readonly signal?: AbortSignal
}

/** Where to start. */
export interface SyncStart {
  readonly heads: EngineHeads
  /** The highest safe block that is known to come from canonical L1; above it, safe is to be derived again. */
  readonly proven: L2BlockRef
  /** The forkchoice that the execution engine has, with genesis for a label that it has not. */
  readonly engineSays: ForkchoiceState
  /** The engine's head, when that stands beside what was safe or final, and is left for it; null when it does not. */
  readonly leavesHead: L2BlockRef | null
  /** False when the block that we know to be finalized is nowhere in the engine: it lost it. */
  readonly hasFinalized: boolean
  /** False when L1 has replaced what the record of safe heads says that safe was derived from. */
  readonly isRecorded: boolean
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
 * node's own L1 proves, by number → hash, that an L1 origin is orphaned. One that is ahead of own L1 is plausible, however
 * far: only proven orphans count towards the deepest reorg. Finalized never goes back.
 *
 * Safe is not rewound when nothing was reorged. When something was, a derived safe block stays only if the L1 block it
 * was derived from is canonical; where that is not on record, only if its sequencing window ended below the reorg.
 *
 * Source: specs/protocol/derivation.md, "Finding the sync starting point", with follow-mode.md's "A restart keeps the
 * EL's heads when their origins are still canonical". The specification goes a sequencing window back always; where
 * nothing was seen to be reorged and no record says from where safe was derived, we derive from there, counted from safe,
 * and keep safe meanwhile (`proven`).
 *
 * @throws CriticalEngineError when finalized was reorged, the reorg is deeper than five sequencing windows, or the
 * execution engine or L1 is one of another chain. Any other error is temporary: also that an L1 which showed two forks of
 * late says so, or that the execution engine denies a block below its head.
 */
export async function findStartingHeads(sources: SyncStartSources): Promise<SyncStart> {
  const { config, memory = createWalkMemory() } = sources
  const engine = createWalkReads({ ...sources, memory })
  // Asked once: an execution engine that is away holds nobody up. One that answers this gets more patience.
  const latest = await sources.l2.blockByLabel('latest', sources.signal)
  const [genesis, safeBlock, finalizedBlock] = await Promise.all([
    engine.l2.blockByNumber(config.genesis.l2.number),
    engine.l2.blockByLabel('safe'),
    engine.l2.blockByLabel('finalized'),
  ])
  if (genesis !== null && genesis.payload.blockHash !== config.genesis.l2.hash)
    throw new CriticalEngineError(
      `the execution engine is of another chain: expected genesis ${config.genesis.l2.hash}, found ${genesis.payload.blockHash}; check its genesis file and the rollup config`,
    )
  if (latest === null) throw new TemporaryEngineError('the execution engine has no latest block yet')
  const toRef = (block: typeof latest) => l2BlockRefFromPayload(config, block.payload)
  const engineHead = toRef(latest)
  const labelledFinalized = finalizedBlock === null ? genesisRef(config) : toRef(finalizedBlock)
  const labelledSafe = safeBlock === null ? labelledFinalized : toRef(safeBlock)
  if (memory.head !== engineHead.hash) memory.blocks.clear()
  memory.head = engineHead.hash
  const chain = await findStartingChain(engine, {
    ...{ head: engineHead, safe: labelledSafe, finalized: labelledFinalized },
    ourSafe: sources.safe ?? zeroL2BlockRef,
    ourFinalized: sources.finalized,
  })
  const { head: unsafe, reads } = chain
  const finalized = lower(unsafe, chain.finalized)
  const kept = higher(finalized, lower(unsafe, chain.safe ?? finalized))
  const safe = higher(finalized, await provenPart(reads.l2, kept, sources.provenSafe ?? kept, finalized))

  const ask = createCanonicalityCheck(reads.l1)
  // An L1 that has become shorter does not have at that number what it replaced.
  const check: CanonicalityCheck = async (block) => {
    const verdict = await ask(block)
    return verdict === 'ahead' && sources.isOrphan?.(block) ? 'orphaned' : verdict
  }
  const plausible = await walkBack(sources, reads, check, unsafe, finalized)
  const walked = { unsafe, plausible, safe, finalized }
  const derived =
    sources.safeHeads === null
      ? { block: safe, proven: safe, isRecorded: true }
      : await survivingSafe({ config, l2: reads.l2 }, sources.safeHeads, check, walked)
  const start = lower(plausible, derived.block)
  return {
    heads: { unsafe: plausible, localSafe: start, safe: start, finalized },
    proven: lower(start, derived.proven),
    engineSays: {
      headBlockHash: engineHead.hash,
      safeBlockHash: labelledSafe.hash,
      finalizedBlockHash: labelledFinalized.hash,
    },
    leavesHead: unsafe === engineHead ? null : engineHead,
    hasFinalized: chain.hasOurs,
    isRecorded: derived.isRecorded,
  }
}

/** `safe`, or the part of it that was derived again; `finalized` when the engine has another block there by now. */
async function provenPart(
  l2: WalkReads['l2'],
  safe: L2BlockRef,
  proven: L2BlockRef,
  finalized: L2BlockRef,
): Promise<L2BlockRef> {
  if (proven.number >= safe.number) return safe
  const block = await l2.blockByNumber(proven.number)
  return block?.payload.blockHash === proven.hash ? proven : finalized
}

/** The highest block at or below `unsafe` with no orphaned origin at or below it. */
async function walkBack(
  { config, isL1Settled = () => true, isL1InDoubt = () => false }: SyncStartSources,
  reads: WalkReads,
  check: CanonicalityCheck,
  unsafe: L2BlockRef,
  finalized: L2BlockRef,
): Promise<L2BlockRef> {
  let plausible = unsafe
  let cursor = unsafe
  let newestOrphan: L2BlockRef | null = null
  const wrongL1 = (message: string): Error =>
    isL1Settled()
      ? new CriticalEngineError(message)
      : new TemporaryEngineError(
          `${message}; L1 is asked again: it has not spoken with one voice for long enough`,
        )
  for (;;) {
    const origin = await check(cursor.l1Origin)
    if (origin === 'canonical') return plausible
    if (origin === 'orphaned' && isL1InDoubt())
      throw new TemporaryEngineError(
        `the L1 origin of ${formatRef(cursor)} is orphaned, and L1 shows another fork by now: it is asked again until it shows one of them alone`,
      )
    const isLast = cursor.number <= finalized.number
    if (origin === 'orphaned' && isLast) throw wrongL1(finalizedReorged(config, cursor))
    if (isLast) return plausible
    if (origin === 'ahead') {
      // It proves nothing: an L1 block below may still be orphaned, so the walk goes on there.
      cursor = await highestNotAhead(config, reads, check, cursor, finalized)
      continue
    }
    newestOrphan ??= cursor
    if (newestOrphan.l1Origin.number - cursor.l1Origin.number > reorgWindowsMax * config.seqWindowSize)
      throw wrongL1(
        `the L1 origins of the L2 chain are orphaned for more than ${reorgWindowsMax} sequencing windows (L2 blocks ${formatRef(cursor)} to ${formatRef(newestOrphan)}); check that the L1 RPC is of the right chain`,
      )
    cursor = await reads.parentOf(cursor)
    plausible = cursor
  }
}

/**
 * The highest block below `above` whose origin own L1 has reached, `finalized` at the lowest. An L1 may lag by days, and
 * origins never go back: a binary search finds it.
 */
async function highestNotAhead(
  config: RollupConfig,
  { l2 }: WalkReads,
  check: CanonicalityCheck,
  above: L2BlockRef,
  finalized: L2BlockRef,
): Promise<L2BlockRef> {
  let low = finalized
  let highNumber = above.number
  while (highNumber - low.number > 1n) {
    const middle = (low.number + highNumber) / 2n
    const block = await l2.blockByNumber(middle)
    if (block === null)
      throw new TemporaryEngineError(`the execution engine has no block ${middle} below its head`)
    const ref = l2BlockRefFromPayload(config, block.payload)
    if ((await check(ref.l1Origin)) === 'ahead') highNumber = middle
    else low = ref
  }
  return low
}

function finalizedReorged(config: RollupConfig, block: L2BlockRef): string {
  if (block.number === config.genesis.l2.number)
    return `L1 is of another chain: expected L1 genesis ${formatRef(config.genesis.l1)}, found another block at that number; check the L1 RPC and the rollup config`
  return `the finalized L2 block ${formatRef(block)} was reorged: its L1 origin ${formatRef(block.l1Origin)} is not canonical on our L1; the L1 RPC is wrong or the database is of another chain`
}

const lower = (a: L2BlockRef, b: L2BlockRef) => (b.number < a.number ? b : a)
const higher = (a: L2BlockRef, b: L2BlockRef) => (b.number > a.number ? b : a)
