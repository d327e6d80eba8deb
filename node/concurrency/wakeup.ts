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
  /**
   * As `wait`, but no longer than to that time; it may end before. Its timer outlives the wait, for a loop that waits for
   * one far time again and again and is rung long before.
   */
  waitUntil(atMs: number, clock: Clock, signal: AbortSignal): Promise<void>
}

const rungFirst = new Error('the bell rang before the time was up')

/** For exactly one waiting loop. */
export function createWakeup(): Wakeup {
  let pending = false
  let release: (() => void) | null = null
  let alarm: { readonly atMs: number; readonly off: AbortController } | null = null

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

  const ring = () => {
    if (release === null) pending = true
    else release()
  }

  const setAlarm = (atMs: number, clock: Clock, signal: AbortSignal) => {
    alarm?.off.abort(rungFirst)
    const mine = { atMs, off: new AbortController() }
    alarm = mine
    clock.sleep(Math.max(0, atMs - clock.nowMs()), AbortSignal.any([signal, mine.off.signal])).then(
      () => {
        if (alarm === mine) alarm = null
        ring()
      },
      () => {
        if (alarm === mine) alarm = null
      },
    )
  }

  return {
    ring,
    wait,
    waitUntil(atMs, clock, signal) {
      // One that rings too early does no harm: the loop looks again and waits again.
      if (!signal.aborted && (alarm === null || alarm.atMs > atMs)) setAlarm(atMs, clock, signal)
      return wait(signal)
    },
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
