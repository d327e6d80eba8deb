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

const rungFirst = new Error('the bell rang before the time was up')

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
      // One listener on the signal, and no signal made of two: this wait is on the path of every block.
      const timer = new AbortController()
      const timeUp = () => {
        if (!timer.signal.aborted) release?.()
      }
      clock.sleep(ms, timer.signal).then(timeUp, () => {})
      try {
        await wait(signal)
      } finally {
        timer.abort(rungFirst)
      }
    },
  }
}
