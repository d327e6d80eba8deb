import { formatRef, type L2BlockRef } from '../../protocol/refs.ts'
import type { EngineContext } from '../engine-context.ts'
import { headsOf } from '../engine-store.ts'
import { recordFinalizedConflict } from '../finalized-conflict.ts'
import { applyHeads } from '../forkchoice.ts'
import { decideFinalize } from '../forkchoice-rules.ts'
import { locateLabels } from '../labels.ts'

/** Promotes a safe block to finalized. A conflict is recorded, never thrown. */
export async function runFinalize(context: EngineContext, block: L2BlockRef): Promise<void> {
  const { store } = context
  const decision = decideFinalize(store.state, block)
  if (decision.kind === 'unchanged') return
  if (decision.kind === 'conflict') return recordFinalizedConflict(context, decision.reason)

  const next = { ...headsOf(store.state), finalized: block }
  const stranger = store.state.elSyncing ? null : await locateLabels(context, next, 'canonical')
  if (stranger !== null)
    return recordFinalizedConflict(context, `cannot finalize ${formatRef(block)}: ${stranger}`)
  await applyHeads(context, next)
}
