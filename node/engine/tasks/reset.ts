import { formatRef, type L2BlockRef, sameBlock } from '../../protocol/refs.ts'
import { elSyncAfterReset } from '../el-sync.ts'
import type { EngineReset } from '../engine-client.ts'
import type { EngineContext } from '../engine-context.ts'
import { headsOf } from '../engine-store.ts'
import { EngineResetRequiredError, TemporaryEngineError } from '../errors.ts'
import { applyHeads } from '../forkchoice.ts'
import type { RequestOf } from '../requests.ts'
import { findStartingHeads } from '../sync-start.ts'

/**
 * Reads the heads from the execution engine, walks them back where L1 proves a reorg, and adopts what survives. When
 * that is exactly what the engine has, it is told nothing: an initial sync that runs is not disturbed.
 *
 * An engine that lost finalized blocks while it may sync from peers (`elSync`) keeps our heads as its target instead:
 * finalized never goes back.
 */
export async function runReset(
  context: EngineContext,
  { reason, keepsUnproven }: Pick<RequestOf<'reset'>, 'reason' | 'keepsUnproven'>,
): Promise<EngineReset> {
  const { store, knownBlocks, logger, metrics, signal } = context
  const before = store.state
  const start = await findStartingHeads({
    ...context,
    safe: before.safe,
    finalized: before.finalized,
    provenSafe: keepsUnproven ? null : context.provenSafe,
    memory: context.walkMemory,
    signal,
  })
  let { heads } = start
  knownBlocks.clear()
  context.told = start.engineSays
  const keepsOurs = !start.hasFinalized && context.elSync
  if (!start.hasFinalized)
    logger.error('the execution engine lost finalized blocks', {
      engine: formatRef(heads.unsafe),
      finalized: formatRef(before.finalized),
      action: keepsOurs ? 'it is asked to sync to our head' : 'they are derived again',
    })
  if (start.leavesHead !== null)
    logger.warn('the head of the execution engine stands beside what was safe: it is left', {
      engine: formatRef(start.leavesHead),
      safe: formatRef(heads.safe),
    })
  if (keepsOurs) heads = headsOf(before)
  else for (const ref of [heads.unsafe, heads.safe, heads.finalized]) knownBlocks.add(ref.hash)

  const proven = keepsOurs ? (context.provenSafe ?? heads.localSafe) : start.proven
  const change = {
    ...heads,
    initialized: true,
    initialElSync: elSyncAfterReset(context, heads.finalized),
    pendingSafe: proven,
    holding: false,
    finalizedConflict: null,
  }
  try {
    await applyHeads(context, change, { engineMayLackHead: keepsOurs, engineSaysSo: true })
  } catch (error) {
    if (!(error instanceof EngineResetRequiredError)) throw error
    throw new TemporaryEngineError(`the execution engine refuses its own heads: ${error.message}`, {
      cause: error,
    })
  }
  context.provenSafe = proven.number < heads.localSafe.number ? proven : null
  await recordReset(context, heads.safe, start.isRecorded)
  context.walkMemory.head = null
  context.walkMemory.blocks.clear()
  context.backupUnsafe = null
  context.gap = null
  context.sync = null
  context.holdUntil = null
  const cutsAdoption = context.following !== null && context.begunAdoption !== null
  context.following = null
  context.lastFollowed = null
  metrics.engineResets.inc()
  logger.info('engine reset', {
    reason,
    unsafe: formatRef(heads.unsafe),
    safe: formatRef(heads.safe),
    ...(context.provenSafe === null ? {} : { proven: formatRef(context.provenSafe) }),
    finalized: formatRef(heads.finalized),
    unsafeBefore: formatRef(before.unsafe),
  })
  return { reason, heads, cutsAdoption }
}

/**
 * After the execution engine has been told, so that a node that is killed in between finds the record ahead of it. From
 * genesis on everything is recorded, so genesis counts as safe at every L1 block before: contracts, and with them
 * dispute games, may be older than the rollup. Source: op-node, `onEngineConfirmedReset`.
 */
async function recordReset(
  { safeHeads, config, l1, signal }: EngineContext,
  safe: L2BlockRef,
  isRecorded: boolean,
): Promise<void> {
  if (safeHeads === null) return
  await safeHeads.reset(safe, isRecorded)
  if (!sameBlock(safe, config.genesis.l2)) return
  const l1Genesis = await l1.headerByNumber(0n, signal)
  if (l1Genesis !== null) await safeHeads.record(l1Genesis, safe)
}
