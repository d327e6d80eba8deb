import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { createBackOff } from './back-off.ts'

export interface RetryOptions {
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  /** How often the call is made at most, the first time included. */
  readonly attemptsMax: number
  /** Shortens the waits: see {@link createBackOff}. Default: they are exact. */
  readonly random?: Random | undefined
  /** Waits between the attempts, in milliseconds; each is twice the one before. */
  readonly backOff: { readonly firstMs: number; readonly maxMs: number }
  /** False for an error that another attempt cannot mend. Default: every error is temporary. */
  readonly isTemporary?: (error: unknown) => boolean
  /** Called before each wait, for logs and counters. */
  readonly onRetry?: (error: unknown, attempt: number) => void
}

/**
 * Makes one idempotent call again until it answers, so that a long walk of such calls keeps what it has learnt: at 20 %
 * of refusals a walk of 50 calls that begins again at each would hardly ever end.
 *
 * An answer of "there is none" (`null`) is an answer, and is never asked again here.
 * @throws what the last attempt threw; the signal's reason when it aborts.
 */
export async function retryCall<T>(
  call: (signal: AbortSignal | undefined) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const { clock, signal, attemptsMax, isTemporary = () => true } = options
  const backOff = createBackOff({ ...options.backOff, random: options.random })
  for (let attempt = 1; ; attempt++)
    try {
      signal?.throwIfAborted()
      return await call(signal)
    } catch (error) {
      signal?.throwIfAborted()
      if (attempt >= attemptsMax || !isTemporary(error)) throw error
      options.onRetry?.(error, attempt)
      await clock.sleep(backOff.next(), signal)
    }
}
