import type { Clock } from '../../../node/ports/clock.ts'
import type { EventStream } from '../../events/stream.ts'

/** How often it looks, in milliseconds. */
const periodMs = 100

export interface StallWatchOptions {
  readonly clock: Clock
  readonly events: EventStream
  /** How late a timer is that is told of, in milliseconds. */
  readonly lateMs: number
}

/** Records when this process stood still, by its own timers. Returns what ends it. */
export function watchStalls({ clock, events, lateMs }: StallWatchOptions): () => Promise<void> {
  const ended = new AbortController()
  const watch = async () => {
    while (!ended.signal.aborted) {
      const dueMs = clock.nowMs() + periodMs
      await clock.sleep(periodMs, ended.signal).catch(() => undefined)
      const late = clock.nowMs() - dueMs
      if (!ended.signal.aborted && late >= lateMs) events.record({ kind: 'stall', lateMs: Math.round(late) })
    }
  }
  const running = watch()
  return async () => {
    ended.abort()
    await running
  }
}
