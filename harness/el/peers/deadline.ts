import type { Clock } from '../../../node/ports/clock.ts'

/** Calls back once after `ms` milliseconds, unless the function that it returns is called before. */
export function startDeadline(clock: Clock, ms: number, onPast: () => void): () => void {
  const cancelled = new AbortController()
  clock.sleep(ms, cancelled.signal).then(onPast, () => {})
  return () => cancelled.abort()
}
