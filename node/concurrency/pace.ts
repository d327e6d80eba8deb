import type { EventLoop } from '../ports/event-loop.ts'

/** So long paced work may take in a row before the rest of the process has its turn. */
const sliceMs = 5

/**
 * Runs what others make this process do: at once while there is time in this turn of the event loop, else in a later
 * one, in the order in which it came. What a piece of work leaves to microtasks counts as its own, other than with
 * {@link createTurns}, whose users say themselves where they can be interrupted.
 */
export type Pace = (work: () => void) => void

/** All who share it share one slice of each turn of the event loop. */
export function createPace({ nowMs, later }: EventLoop): Pace {
  /** When the slice of this turn of the event loop began; null before it did. */
  let beganMs: number | null = null
  const waiting: (() => void)[] = []

  const hasTime = () => {
    if (beganMs === null) {
      beganMs = nowMs()
      later(endSlice)
    }
    return nowMs() - beganMs < sliceMs
  }
  const endSlice = () => {
    beganMs = null
  }
  // Each piece is a call of the event loop of its own, so that the next sees the time that its microtasks took.
  const next = () => {
    if (hasTime()) waiting.shift()?.()
    else later(next)
  }
  return (work) => {
    if (waiting.length === 0 && hasTime()) return work()
    waiting.push(work)
    later(next)
  }
}
