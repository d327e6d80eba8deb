import type { AppliedFollowCase, EngineFollowed, FollowTarget } from '../engine/engine-client.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { formatRef } from '../protocol/refs.ts'
import type { FollowResult, FollowStatus } from './status.ts'

/** What following did so far: counted, logged when it changes, and shown as `followStatus()`. */
export interface FollowRecord {
  /** The engine holds what a status says. */
  applied(event: EngineFollowed): void
  /** The engine fetches what a status says. */
  syncing(target: FollowTarget): void
  failed(result: FollowResult, reason: string): void
  /** A period passed with the poll in flight. */
  skipped(): void
  /** The source answers for another chain, or does so no longer. */
  pause(paused: boolean): void
  /** Publishes the follow lag; called on every tick, so that it grows while nothing is applied. */
  observeLag(): void
  status(): FollowStatus
}

export interface FollowRecordOptions {
  readonly sourceUrl: string
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: NodeMetrics
}

export function createFollowRecord({ sourceUrl, clock, logger, metrics }: FollowRecordOptions): FollowRecord {
  const source = URL.canParse(sourceUrl) ? new URL(sourceUrl).origin : '(not a URL)'
  let paused = false
  let lastResult: FollowResult | null = null
  let lastError: string | null = null
  let lastPollMs: number | null = null
  let lastAppliedMs: number | null = null
  let lastCase: AppliedFollowCase | null = null
  let applied: FollowTarget | null = null
  let waiting: FollowTarget | null = null

  const age = (atMs: number | null) => (atMs === null ? null : clock.nowMs() - atMs)

  const finish = (result: FollowResult) => {
    metrics.followRequests.inc({ result })
    lastPollMs = clock.nowMs()
    lastResult = result
  }

  const observeLag = () => {
    const lagMs = age(lastAppliedMs)
    if (lagMs !== null) metrics.followLagSeconds.set(lagMs / 1000)
  }

  return {
    applied({ target, followCase }) {
      if (lastResult !== 'applied' || lastCase !== followCase)
        logger.info('following', { source, case: followCase, localSafe: formatRef(target.localSafe) })
      finish('applied')
      lastAppliedMs = clock.nowMs()
      lastError = null
      lastCase = followCase
      applied = target
      waiting = null
      observeLag()
    },
    syncing(target) {
      if (waiting === null)
        logger.info('the execution engine syncs to the follow source', {
          source,
          localSafe: formatRef(target.localSafe),
        })
      finish('el_syncing')
      lastError = null
      waiting = target
    },
    failed(result, reason) {
      // A standing fault is said once; the metric and the lag keep telling.
      if (lastResult !== result)
        logger.warn('safe and finalized stand still', { source, result, reason, lagMs: age(lastAppliedMs) })
      else logger.debug('safe and finalized still stand', { result, reason })
      finish(result)
      lastError = reason
    },
    skipped() {
      metrics.followRequests.inc({ result: 'in_flight' })
    },
    pause(now) {
      if (now !== paused)
        if (now) logger.error('following is paused: the source serves another chain', { source })
        else logger.info('following resumes: the source is on our chain again', { source })
      paused = now
    },
    observeLag,
    status: () => ({
      source,
      paused,
      lastResult,
      lastError,
      lastPollAgeMs: age(lastPollMs),
      lastAppliedAgeMs: age(lastAppliedMs),
      lastCase,
      applied,
      target: waiting,
    }),
  }
}
