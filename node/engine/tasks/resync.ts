import { findNonCanonical } from '../../l1/canonicality.ts'
import type { L2SyncProgress } from '../../ports/l2-source.ts'
import { l2BlockRefFromPayload } from '../../protocol/block-ref.ts'
import { formatRef, sameBlock } from '../../protocol/refs.ts'
import { finishElSync } from '../el-sync.ts'
import { type EngineContext, later, type TaskResult } from '../engine-context.ts'
import { engineHashAtHead } from '../engine-head.ts'
import { aimOf, headsOf } from '../engine-store.ts'
import { EngineResetRequiredError, InvalidBlockError } from '../errors.ts'
import { tellFollowed } from '../followed.ts'
import { applyHeads } from '../forkchoice.ts'
import { confirmHold, isAdoptionDue, startHold } from '../hold.ts'
import { hasUnsentLabel, locateLabels } from '../labels.ts'
import { giveUpTarget, refusesTarget } from '../sync-target.ts'
import { staleReason } from '../target-age.ts'

/** How often the execution engine's head is compared with what it was told, when nothing else asks. In block times. */
const idleCheckBlockTimes = 10n
/** How long a sync may show no new block before its target is in doubt. In block times. */
const stallBlockTimes = 5n
/** How long a gap in the unsafe chain that no peer could fill is left to derivation. In block times. */
const gapPauseBlockTimes = 30n

/**
 * Brings the execution engine to where the state says it is: tells it the head again while it answers SYNCING, then the
 * labels that it lacked, then confirms the head of a sequencer that holds. With nothing of that to do it makes sure
 * that the engine still has the head: one that restarted with an older chain is noticed although nothing changes.
 */
export async function runResync(context: EngineContext): Promise<TaskResult> {
  const { store } = context
  // The follow task tells the engine of the new head; until then it must not hear of the old one.
  if (isAdoptionDue(context)) return later
  try {
    if (store.state.elSyncing || context.told === null) {
      await dropStaleTarget(context)
      if (!(await tellAgain(context))) return later
    }
    if (store.state.initialElSync === 'finished-not-finalized') await finishElSync(context)
    if (hasUnsentLabel(context)) {
      const now = headsOf(store.state)
      const { stranger, missing } = await locateLabels(context, [now.safe, now.finalized], 'canonical')
      if (stranger !== null) throw new EngineResetRequiredError(stranger)
      // An engine without a block below our head may have lost the head as well: it is asked.
      await applyHeads(context, now, { force: missing.length > 0 })
    }
  } catch (error) {
    if (!(error instanceof InvalidBlockError)) throw error
    throw new EngineResetRequiredError(error.message, { cause: error })
  }
  if (store.state.holding) await confirmHold(context)
  if (needsResync(context)) return later
  await checkHead(context)
  return { kind: 'at', timeMs: context.clock.nowMs() + idleCheckMs(context) }
}

/** Tells the engine its head, or the one that it syncs to. Answers whether it has it. */
async function tellAgain(context: EngineContext): Promise<boolean> {
  const { store, logger } = context
  const wasSyncing = store.state.elSyncing
  const heads = aimOf(store.state)
  let told: 'applied' | 'syncing'
  try {
    told = await applyHeads(context, heads, { force: true, engineMayLackHead: wasSyncing })
  } catch (error) {
    if (!refusesTarget(context, error)) throw error
    giveUpTarget(context, error.message)
    return false
  }
  if (told === 'syncing') {
    // A snap sync shows no block for hours, and every newer payload is a new target anyway.
    if (store.state.initialElSync !== 'started') await checkStall(context)
    return !store.state.elSyncing
  }
  if (wasSyncing) logger.info('the execution engine has caught up', { head: formatRef(heads.unsafe) })
  tellFollowed(context)
  return true
}

/** A sync target that the source gave is dropped when own L1 does not have its origins any more. */
async function dropStaleTarget(context: EngineContext): Promise<void> {
  const { following, store, clock } = context
  if (following === null || !store.state.elSyncing) return
  const stale = await staleReason(context, following)
  if (stale === null) {
    following.validatedMs = clock.nowMs()
    return
  }
  giveUpTarget(context, stale)
}

/** True when the execution engine has not accepted the whole state yet. */
export function needsResync(context: EngineContext): boolean {
  const { initialized, elSyncing, holding, initialElSync } = context.store.state
  const mustFinish = initialElSync === 'finished-not-finalized'
  return (
    initialized && (elSyncing || holding || mustFinish || context.told === null || hasUnsentLabel(context))
  )
}

/** Time between two checks of an execution engine that has accepted everything, in milliseconds. */
export function idleCheckMs({ config }: EngineContext): number {
  return Number(idleCheckBlockTimes * config.blockTime) * 1000
}

async function checkHead(context: EngineContext): Promise<void> {
  const { unsafe } = context.store.state
  const hash = await engineHashAtHead(context)
  if (hash === unsafe.hash) return
  throw new EngineResetRequiredError(
    `the execution engine has ${hash === null ? 'no block' : hash} at the height of the head that it was told, ${formatRef(unsafe)}`,
  )
}

const blocksOf = (progress: L2SyncProgress | null) => ({
  currentBlock: String(progress?.currentBlock ?? 'unknown'),
  highestBlock: String(progress?.highestBlock ?? 'unknown'),
})

/** What an engine says whose latest block and whose work stand still. */
function syncText(progress: L2SyncProgress | null): string {
  if (progress === null) return 'and says that it does not sync'
  const { currentBlock, highestBlock } = blocksOf(progress)
  return `and its eth_syncing stands at block ${currentBlock} of ${highestBlock}`
}

/**
 * Gives up a target that the execution engine makes no progress to, because no peer has it: a block that was never
 * published, or of a chain that is no more. What the source vouches for, local-safe, is waited for without limit.
 */
async function checkStall(context: EngineContext): Promise<void> {
  const { store, clock, l1, l2, config, signal, logger } = context
  const nowMs = clock.nowMs()
  context.sync ??= { sinceMs: nowMs, latest: null, mark: null }
  if (nowMs - context.sync.sinceMs < Number(stallBlockTimes * config.blockTime) * 1000) return
  const block = await l2.blockByLabel('latest', signal)
  const latest = block?.payload.blockNumber ?? 0n
  const progress = await l2.syncProgress(signal)
  const mark = progress?.mark ?? null
  const stalled = context.sync.latest !== null && latest <= context.sync.latest
  // An engine may fetch and execute blocks long before one of them is its latest.
  const works = mark !== null && mark !== context.sync.mark
  context.sync = { sinceMs: nowMs, latest, mark }
  const target = aimOf(store.state)
  const { unsafe, localSafe } = target
  if (!stalled || sameBlock(unsafe, localSafe)) return
  if (works)
    return logger.debug('the execution engine syncs', { to: formatRef(unsafe), ...blocksOf(progress) })
  const message = `the execution engine makes no progress from block ${latest} to ${formatRef(unsafe)}, ${syncText(progress)}`
  if (block !== null && latest >= localSafe.number && !context.elSync) {
    // Derivation goes on undisturbed; the gap is tried again later, in case that a peer has come.
    const head = l2BlockRefFromPayload(config, block.payload)
    // It may have kept blocks that we left for an L1 reorg: only a reset walks back over them.
    if ((await findNonCanonical(l1, [head.l1Origin], signal))?.kind === 'orphaned')
      throw new EngineResetRequiredError(message)
    logger.warn(`${message}: it stays where it is`, { head: formatRef(head) })
    await applyHeads(context, { ...headsOf(store.state), unsafe: head })
    context.gap = { head: head.hash, sinceMs: nowMs + Number(gapPauseBlockTimes * config.blockTime) * 1000 }
    return
  }
  if (latest >= localSafe.number) throw new EngineResetRequiredError(message)
  if (store.state.holding) startHold(context, localSafe)
  logger.warn(`${message}: it is asked for local-safe instead`, { localSafe: formatRef(localSafe) })
  await applyHeads(context, { ...target, unsafe: localSafe }, { engineMayLackHead: true })
}
