import type { Clock } from '../../ports/clock.ts'

/** The machine's timers, and its clock with `offsetMs` added: a clock that is ahead, or behind when it is negative. */
export function createSystemClock(offsetMs = 0): Clock {
  return {
    nowMs: () => Date.now() + offsetMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const onAbort = () => {
          clearTimeout(timer)
          reject(signal?.reason)
        }
        const timer = setTimeout(
          () => {
            signal?.removeEventListener('abort', onAbort)
            resolve()
          },
          Math.min(Math.max(0, ms), timerMsMax),
        )
        signal?.addEventListener('abort', onAbort, { once: true })
      }),
  }
}

/** Longer timers fire at once in JavaScript (the delay is a signed 32-bit integer). */
const timerMsMax = 2 ** 31 - 1
