import { formatRef, type L2BlockRef } from '../protocol/refs.ts'
import type { EngineContext } from './engine-context.ts'
import { engineHashAtHead } from './engine-head.ts'
import { aimOf } from './engine-store.ts'

/**
 * The hold of a sequencer that follows: from the moment in which another chain is to be adopted until the execution
 * engine itself has its head in its canonical chain. Meanwhile nothing is built, sealed or inserted, so that no block on
 * the old chain can win it back (ethereum-optimism/optimism#21155).
 */
export function startHold(context: EngineContext, head: L2BlockRef): void {
  context.holdUntil = head.hash
  context.store.update({ holding: true })
}

export function endHold(context: EngineContext): void {
  context.holdUntil = null
  context.store.update({ holding: false })
}

/** True while the engine was not told of the head to adopt: it must not be told the old one again. */
export function isAdoptionDue({ store, holdUntil }: EngineContext): boolean {
  return store.state.holding && holdUntil !== aimOf(store.state).unsafe.hash
}

/** Ends the hold when our head is the one to adopt and the execution engine has it. */
export async function confirmHold(context: EngineContext): Promise<void> {
  const { store, logger } = context
  if (isAdoptionDue(context) || store.state.elSyncing) return
  if ((await engineHashAtHead(context)) !== store.state.unsafe.hash) return
  endHold(context)
  logger.info('the execution engine confirms the adopted head', { head: formatRef(store.state.unsafe) })
}
