import { NodeError } from '../errors/node-error.ts'
import type { Clock } from '../ports/clock.ts'

/** The work did not end in time; it was told to abort. */
export class DeadlineError extends NodeError {
  override readonly name = 'DeadlineError'
  override readonly code = 'deadline'
}

/** One for all: every request of the node ends with it, and the trace of each would cost as much as some of the requests. */
const over = new DeadlineError('the work is over')

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
  const onAbort = () => inner.abort(signal.reason)
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  const timeUp = clock.sleep(ms, inner.signal).then(() => {
    throw new DeadlineError(`${what}: no answer within ${ms} ms`, { facts: { what, ms } })
  })
  const running = work(inner.signal)
  // The loser of the race may reject later; that is not an unhandled error.
  running.catch(() => {})
  timeUp.catch(() => {})
  try {
    return await Promise.race([running, timeUp])
  } finally {
    signal.removeEventListener('abort', onAbort)
    inner.abort(over)
  }
}
