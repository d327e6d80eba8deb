import type { Clock } from '../clock.ts'

/** Virtual time for tests: it moves only when the test says so. */
export interface FakeClock extends Clock {
  /**
   * Moves time forward by `ms`, waking sleepers in order of their due time (then of their start). Everything that a
   * sleeper wakes has settled before the next one wakes.
   */
  advance(ms: number): Promise<void>
  /** Lets all work that needs no time finish. */
  settle(): Promise<void>
  /** How many sleepers wait. */
  readonly sleeping: number
}

interface Sleeper {
  readonly dueMs: number
  readonly wake: () => void
}

/** A clock that starts at `startMs` and stands still. */
export function createFakeClock(startMs = 0): FakeClock {
  let now = startMs
  let sleepers: Sleeper[] = []

  const settle = () =>
    new Promise<void>((resolve) => {
      // The check phase comes after every microtask, however long the chain of promises; it takes no time of this clock.
      // biome-ignore lint/plugin: this is the Clock port's adapter for tests.
      setImmediate(resolve)
    })

  const earliest = (limitMs: number): Sleeper | undefined => {
    let first: Sleeper | undefined
    for (const sleeper of sleepers)
      if (sleeper.dueMs <= limitMs && (first === undefined || sleeper.dueMs < first.dueMs)) first = sleeper
    return first
  }

  return {
    nowMs: () => now,
    sleep: (ms, signal) =>
      new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const abort = () => {
          sleepers = sleepers.filter((other) => other !== sleeper)
          reject(signal?.reason)
        }
        const sleeper: Sleeper = {
          dueMs: now + Math.max(0, ms),
          wake: () => {
            signal?.removeEventListener('abort', abort)
            resolve()
          },
        }
        signal?.addEventListener('abort', abort, { once: true })
        sleepers.push(sleeper)
      }),
    async advance(ms) {
      const end = now + ms
      await settle()
      for (let next = earliest(end); next !== undefined; next = earliest(end)) {
        const woken = next
        sleepers = sleepers.filter((other) => other !== woken)
        now = Math.max(now, woken.dueMs)
        woken.wake()
        await settle()
      }
      now = end
    },
    settle,
    get sleeping() {
      return sleepers.length
    },
  }
}
