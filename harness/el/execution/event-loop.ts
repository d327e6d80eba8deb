import { setImmediate } from 'node:timers/promises'

/** Milliseconds of execution after which others get a turn. */
const turnMs = 20

/** Makes what execution calls between transactions, anew for each block. */
export type CreateTurns = () => () => Promise<void>

/**
 * Lets the rest of the process run now and then: executing a block never waits for anything, so a full one would keep
 * servers and timers from their work for seconds. To be called between transactions.
 */
export const createTurns: CreateTurns = () => {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < turnMs) return
    await setImmediate()
    since = performance.now()
  }
}
