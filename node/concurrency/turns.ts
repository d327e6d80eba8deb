import type { EventLoop } from '../ports/event-loop.ts'

/**
 * Awaited between two pieces of work: at once while there is time in this turn of the event loop, else in a later one.
 * @param order `behind` for what goes on for long: who asks otherwise goes first, though not for longer than 50 ms.
 */
export type Turn = (order?: 'behind') => Promise<void>

/** So long all who share a `Turn` work in one turn of the event loop. */
const sliceMs = 5
/** So long those behind wait at most while others ask. */
const behindMsMax = 50

/**
 * Lets everything in the process run now and then, for work that waits for nothing. All who share it share one slice of
 * each turn of the event loop, and go on one by one in the order in which they asked: twenty that each took a slice of
 * their own would keep servers and timers waiting twenty times as long.
 */
export function createTurns({ nowMs, later }: EventLoop): Turn {
  /** When the slice of this turn of the event loop began; null before anybody asked in it. */
  let beganMs: number | null = null
  const waiting = { first: [] as (() => void)[], behind: [] as (() => void)[] }
  /** When one of those behind was let on last, or the first of them came. */
  let behindMs = 0
  /** Whether somebody is let on now, or waits until the slice is over. */
  let state: 'idle' | 'granting' | 'over' = 'idle'

  const take = () => {
    const isTheirs = waiting.first.length === 0 || nowMs() - behindMs >= behindMsMax
    if (waiting.behind.length === 0 || !isTheirs) return waiting.first.shift()
    behindMs = nowMs()
    return waiting.behind.shift()
  }
  const grant = (): void => {
    if (waiting.first.length + waiting.behind.length === 0) {
      state = 'idle'
      return
    }
    if (beganMs === null) {
      beganMs = nowMs()
      later(next)
    } else if (nowMs() - beganMs >= sliceMs) {
      state = 'over'
      return
    }
    take()?.()
    // After that one has gone on: what it took is seen.
    void Promise.resolve().then(grant)
  }
  const next = () => {
    beganMs = null
    if (state !== 'over') return
    state = 'granting'
    grant()
  }
  return (order) =>
    new Promise((resolve) => {
      if (order === 'behind' && waiting.behind.length === 0) behindMs = nowMs()
      waiting[order ?? 'first'].push(resolve)
      if (state !== 'idle') return
      state = 'granting'
      void Promise.resolve().then(grant)
    })
}
