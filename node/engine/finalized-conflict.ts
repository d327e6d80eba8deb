import type { EngineContext } from './engine-context.ts'

/**
 * Counts a refused request to move finalized, and keeps it as the error state. It is logged once, not once per poll:
 * a source that is behind repeats it until it has caught up.
 */
export function recordFinalizedConflict(context: EngineContext, reason: string): void {
  context.metrics.finalizedConflicts.inc()
  if (context.store.state.finalizedConflict === reason) return
  context.logger.error('finalized was not moved', { reason })
  context.store.update({ finalizedConflict: reason })
}
