import { NodeError } from '../errors/node-error.ts'
import type { Clock } from '../ports/clock.ts'

/** The work did not end in time; it was told to abort. */
export class DeadlineError extends NodeError {
  override readonly name = 'DeadlineError'
  override readonly code = 'deadline'
}

/**
 * Runs `work` for at most `ms` milliseconds. Ends on time even when `work` ignores its signal.
 * @throws DeadlineError when time is up; the outer signal's reason when that aborts first; else what `work` throws.
 */
export async function withDeadline<T>(
  what: string,
  ms: number,
  clock: Clock,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController()
  const both = AbortSignal.any([signal, inner.signal])
  const timeUp = clock.sleep(ms, both).then(() => {
    throw new DeadlineError(`${what}: no answer within ${ms} ms`, { facts: { what, ms } })
  })
  const running = work(both)
  // The loser of the race may reject later; that is not an unhandled error.
  running.catch(() => {})
  timeUp.catch(() => {})
  try {
    return await Promise.race([running, timeUp])
  } finally {
    inner.abort(new DeadlineError(`${what}: abandoned`))
  }
}
