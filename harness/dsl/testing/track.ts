import type { ScenarioFailure } from '../failure.ts'

/** What became of a promise so far. */
export interface Tracked {
  state: 'pending' | 'done' | 'failed'
  failure?: ScenarioFailure
}

/** Follows a promise of a wait without awaiting it. */
export function track(promise: Promise<unknown>): Tracked {
  const tracked: Tracked = { state: 'pending' }
  promise.then(
    () => {
      tracked.state = 'done'
    },
    (error: ScenarioFailure) => {
      tracked.state = 'failed'
      tracked.failure = error
    },
  )
  return tracked
}
