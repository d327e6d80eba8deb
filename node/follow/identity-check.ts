import { withDeadline } from '../concurrency/deadline.ts'
import { errorText } from '../concurrency/error-text.ts'
import type { Clock } from '../ports/clock.ts'
import type { ChainIdentity, FollowSource } from '../ports/follow-source.ts'
import type { Logger } from '../ports/logger.ts'
import { identityFault } from './identity.ts'

/** How long a source is taken to serve the chain that it named, in milliseconds. */
const validMs = 60_000
/** How long a source that could not be asked for its chain, although it tells its status, is not asked again. */
const retryMs = 5_000

/** What is known of the chain that one source serves. */
export interface IdentityCheck {
  /** True at the start, after a failed fetch, and when the last word is a minute old. */
  isDue(): boolean
  /** The next status may come from another process; one that did not tell its status was not silent about its chain. */
  doubt(): void
  /**
   * Asks, and answers what speaks against the source; null when nothing does. A source that does not tell its chain is
   * not doubted for that: it is said once. One that could not be asked is asked once more first (`isDue`): it may have been
   * starting. Rejects only with the signal's reason.
   */
  ask(signal: AbortSignal): Promise<string | null>
  /** True when the source was asked a moment ago and did not tell: asking again gives nothing. */
  readonly isSilent: boolean
  /** True when the last question had no answer: nothing is known of who is there now. */
  readonly isUnanswered: boolean
}

export interface IdentityCheckOptions {
  readonly ours: ChainIdentity
  readonly source: FollowSource
  readonly timeoutMs: number
  readonly clock: Clock
  readonly logger: Logger
}

export function createIdentityCheck(options: IdentityCheckOptions): IdentityCheck {
  const { ours, source, timeoutMs, clock, logger } = options
  let dueMs = Number.NEGATIVE_INFINITY
  let silentUntilMs = Number.NEGATIVE_INFINITY
  let saidNotTold: string | null = null
  let failedBefore = false
  let isUnanswered = false

  const notTold = (reason: string, forMs: number): null => {
    dueMs = silentUntilMs = clock.nowMs() + forMs
    if (saidNotTold !== reason)
      logger.warn('the follow source does not tell its chain: its statuses are judged by own L1 alone', {
        reason,
      })
    saidNotTold = reason
    return null
  }

  return {
    isDue: () => clock.nowMs() >= dueMs,
    doubt() {
      dueMs = silentUntilMs = Number.NEGATIVE_INFINITY
      failedBefore = false
    },
    get isSilent() {
      return clock.nowMs() < silentUntilMs
    },
    get isUnanswered() {
      return isUnanswered
    },
    async ask(signal) {
      let told: Partial<ChainIdentity>
      try {
        told = await withDeadline('follow source', timeoutMs, clock, signal, (inner) =>
          source.chainIdentity(inner),
        )
      } catch (error) {
        signal.throwIfAborted()
        isUnanswered = true
        if (failedBefore) return notTold(errorText(error), retryMs)
        failedBefore = true
        dueMs = Number.NEGATIVE_INFINITY
        return null
      }
      failedBefore = false
      isUnanswered = false
      if (Object.keys(told).length === 0)
        return notTold('it offers no optimism_rollupConfig, or one that cannot be read', validMs)
      const fault = identityFault(ours, told)
      dueMs = fault === null ? clock.nowMs() + validMs : Number.NEGATIVE_INFINITY
      silentUntilMs = Number.NEGATIVE_INFINITY
      saidNotTold = null
      return fault
    },
  }
}
