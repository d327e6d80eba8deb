import type { EventLoop } from '../ports/event-loop.ts'

/** Awaited between two pieces of work: at once while there is time in this turn of the event loop, else in a later one. */
export type Turn = () => Promise<void>

/** So long all who share a `Turn` work in one turn of the event loop. */
const sliceMs = 5

/**
 * Lets everything in the process run now and then, for work that waits for nothing. All who share it share one slice of
 * each turn of the event loop, and go on one by one in the order in which they asked: twenty that each took a slice of
 * their own would keep servers and timers waiting twenty times as long.
 */
export function createTurns({ nowMs, later }: EventLoop): Turn {
  /** When the slice of this turn of the event loop began; null before anybody asked in it. */
  let beganMs: number | null = null
  let resume: (() => void) | null = null
  /** Each is asked after the one before has gone on, and sees the time that it took. */
  let last: Promise<void> = Promise.resolve()

  const begin = () => {
    beganMs = nowMs()
    later(next)
  }
  const next = () => {
    beganMs = null
    if (resume === null) return
    begin()
    resume()
    resume = null
  }
  const grant = (): Promise<void> | undefined => {
    if (beganMs === null) begin()
    else if (nowMs() - beganMs >= sliceMs)
      return new Promise((resolve) => {
        resume = resolve
      })
    return undefined
  }
  return () => {
    last = last.then(grant)
    return last
  }
}
