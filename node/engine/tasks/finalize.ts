import { formatRef, type L2BlockRef } from '../../protocol/refs.ts'
import { done, type EngineContext, later, type TaskResult } from '../engine-context.ts'
import { headsOf } from '../engine-store.ts'
import { recordFinalizedConflict } from '../finalized-conflict.ts'
import { applyHeads } from '../forkchoice.ts'
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
  const next = { ...headsOf(store.state), finalized: block }
  const stranger = await locateLabels(context, next, 'canonical')
  if (stranger === null) await applyHeads(context, next)
  else recordFinalizedConflict(context, `cannot finalize ${formatRef(block)}: ${stranger}`)
  return done
}
