import { formatRef } from '../protocol/refs.ts'
import type { EngineContext } from './engine-context.ts'
import { EngineResetRequiredError } from './errors.ts'
import { endHold } from './hold.ts'

/**
 * Whether the execution engine refuses the head that it was to sync to, because our labels are not in its chain. On the
 * way there it may have left ours (go-ethereum moves its head while it syncs): it must be told ours again, and what a
 * reset would read from it now is not ours. An initial EL sync has no labels of its own.
 */
export function refusesTarget({ store }: EngineContext, error: unknown): error is EngineResetRequiredError {
  const { elSyncing, initialElSync } = store.state
  return elSyncing && initialElSync !== 'started' && error instanceof EngineResetRequiredError
}

/** The execution engine need not sync any more: `resync` tells it our head. */
export function giveUpTarget(context: EngineContext, reason: string): void {
  const { store, logger } = context
  const { syncTarget, holding } = store.state
  if (syncTarget === null) return
  context.following = null
  if (holding) endHold(context)
  logger.warn('dropped the target that the execution engine was syncing to', {
    reason,
    target: formatRef(syncTarget.unsafe),
  })
  store.update({ syncTarget: null })
  context.told = null
}
