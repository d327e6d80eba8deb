import { sameBlock } from '../protocol/refs.ts'
import type { EngineContext } from './engine-context.ts'

/**
 * Tells that a follow target has been applied, once, as soon as the state holds it: whichever task, attempt or sync
 * brought it there. A target that another one, or a reset, took the place of is forgotten.
 */
export function tellFollowed(context: EngineContext): void {
  const { store, clock, following, begunAdoption } = context
  if (following === null) return
  const { target, followCase } = following
  const holds = sameBlock(store.state.localSafe, target.localSafe)
  if (!holds && store.state.elSyncing) return
  context.following = null
  if (!holds) return
  context.begunAdoption = null
  context.lastFollowed = { target, atMs: clock.nowMs() }
  // An earlier attempt may have replaced the chain without anyone being told: this one only found it in place.
  context.onFollowed({
    target,
    followCase: followCase === 'consolidated' ? (begunAdoption ?? followCase) : followCase,
  })
}
