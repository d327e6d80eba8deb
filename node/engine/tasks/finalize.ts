import { formatRef, type L2BlockRef } from '../../protocol/refs.ts'
import { done, type EngineContext, later, type TaskResult } from '../engine-context.ts'
import { recordFinalizedConflict } from '../finalized-conflict.ts'
import { moveLabels } from '../forkchoice.ts'
import { decideFinalize } from '../forkchoice-rules.ts'
import { locateLabels } from '../labels.ts'

/**
 * Promotes a safe block to finalized. A conflict is recorded, never thrown. It waits while the execution engine syncs:
 * an engine that lost the block would take finalized back with it.
 */
export async function runFinalize(context: EngineContext, block: L2BlockRef): Promise<TaskResult> {
  const { store } = context
  const decision = decideFinalize(store.state, block)
  if (decision.kind === 'unchanged') return done
  if (decision.kind === 'conflict') {
    recordFinalizedConflict(context, decision.reason)
    return done
  }
  if (store.state.elSyncing) return later
  const { stranger } = await locateLabels(context, [block], 'canonical')
  if (stranger === null) await moveLabels(context, { finalized: block })
  else recordFinalizedConflict(context, `cannot finalize ${formatRef(block)}: ${stranger}`)
  return done
}
