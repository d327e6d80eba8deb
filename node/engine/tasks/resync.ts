import { formatRef } from '../../protocol/refs.ts'
import { done, type EngineContext, later, type TaskResult } from '../engine-context.ts'
import { headsOf } from '../engine-store.ts'
import { EngineResetRequiredError, InvalidBlockError } from '../errors.ts'
import { applyHeads } from '../forkchoice.ts'
import { hasUnsentLabel, locateLabels } from '../labels.ts'

/**
 * Brings the execution engine to where the state says it is: tells it the head again while it answers SYNCING, then the
 * labels that it lacked, then confirms the head of a sequencer that holds.
 */
export async function runResync(context: EngineContext): Promise<TaskResult> {
  const { store, logger } = context
  const heads = headsOf(store.state)
  try {
    if (store.state.elSyncing) {
      await applyHeads(context, heads, { force: true, engineMayLackHead: true })
      if (store.state.elSyncing) return later
      logger.info('the execution engine has caught up', { head: formatRef(heads.unsafe) })
    }
    if (hasUnsentLabel(context)) {
      const stranger = await locateLabels(context, heads, 'canonical')
      if (stranger !== null) throw new EngineResetRequiredError(stranger)
      // An engine without a block below our head may have lost the head as well: it is asked.
      await applyHeads(context, heads, { force: hasUnsentLabel(context), engineMayLackHead: true })
    }
  } catch (error) {
    if (!(error instanceof InvalidBlockError)) throw error
    throw new EngineResetRequiredError(error.message, { cause: error })
  }
  if (store.state.holding && !store.state.elSyncing) await confirmHead(context)
  return needsResync(context) ? later : done
}

/** True when the execution engine has not accepted the whole state yet. */
export function needsResync(context: EngineContext): boolean {
  const { initialized, elSyncing, holding } = context.store.state
  return initialized && (elSyncing || holding || hasUnsentLabel(context))
}

/** Ends the hold when the execution engine itself names our unsafe head as its latest block. */
export async function confirmHead(context: EngineContext): Promise<void> {
  const { store, l2, logger, signal } = context
  const latest = await l2.blockByLabel('latest', signal)
  if (latest?.payload.blockHash !== store.state.unsafe.hash) return
  store.update({ holding: false })
  logger.info('the execution engine confirms the adopted head', { head: formatRef(store.state.unsafe) })
}
