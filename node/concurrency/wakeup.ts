import type { Clock } from '../ports/clock.ts'

/**
 * The bell of an actor's loop: any number of events ring it, one loop waits for it. A ring before the wait is not
 * lost, and several rings before the wait are one.
 */
export interface Wakeup {
  ring(): void
  /** Resolves at the next ring, at once when one is pending. Rejects with the signal's reason. */
  wait(signal: AbortSignal): Promise<void>
  /** As `wait`, but no longer than `ms` milliseconds. */
  waitAtMost(ms: number, clock: Clock, signal: AbortSignal): Promise<void>
}

/** For exactly one waiting loop. */
export function createWakeup(): Wakeup {
  let pending = false
  let release: (() => void) | null = null

  const wait = (signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return Promise.reject(signal.reason)
    if (pending) {
      pending = false
      return Promise.resolve()
    }
    return new Promise<void>((resolve, reject) => {
      const onAbort = () => {
        release = null
        reject(signal.reason)
      }
      release = () => {
        release = null
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  return {
    ring() {
      if (release === null) pending = true
      else release()
    },
    wait,
    async waitAtMost(ms, clock, signal) {
      const loser = new AbortController()
      const either = AbortSignal.any([signal, loser.signal])
      try {
        await Promise.race([wait(either), clock.sleep(ms, either)])
      } finally {
        loser.abort(new Error('the other of the two ended first'))
      }
    },
  }
}
