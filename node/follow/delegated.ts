import { errorText } from '../concurrency/error-text.ts'
import { createListeners } from '../concurrency/listeners.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import type { Derivation } from '../derivation/derivation.ts'
import type { EngineClient, FollowCase } from '../engine/engine-client.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { Clock } from '../ports/clock.ts'
import type { FollowSource } from '../ports/follow-source.ts'
import type { L1Source } from '../ports/l1-source.ts'
import type { Logger } from '../ports/logger.ts'
import { type L1BlockRef, sameBlock, zeroL1BlockRef } from '../protocol/refs.ts'
import { FollowIdentityError } from './identity.ts'
import { type FollowPoll, pollFollowSource } from './poll.ts'
import { createFollowRecord } from './record.ts'
import type { FollowStatus } from './status.ts'
import type { FollowedStatus } from './structure.ts'

/** A validated status and what the engine made of it. */
export interface FollowedEvent extends FollowedStatus {
  readonly followCase: FollowCase
}

/** Derivation by following another consensus node. No derivation stage exists in this mode. */
export interface DelegatedDerivation extends Derivation {
  readonly mode: 'follow'
  followStatus(): FollowStatus
  /** Called after every status that the engine applied. */
  onFollowed(listener: (event: FollowedEvent) => void): () => void
}

export interface DelegatedDerivationOptions {
  readonly config: RollupConfig
  readonly follow: { readonly sourceUrl: string; readonly pollIntervalMs: number; readonly timeoutMs: number }
  readonly source: FollowSource
  /** Own L1: the judge of everything that the source says about L1. */
  readonly l1: L1Source
  readonly engine: EngineClient
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: NodeMetrics
}

/** How long an EL sync keeps its target before a newer one replaces it: no peer may have the old one any more. */
const elSyncPatienceMs = 10_000

/**
 * A source of another chain that shows itself within this time is a wrong configuration and ends the node. One that
 * shows itself later must not end a node that may be sequencing by then.
 */
const startMs = 60_000

/**
 * follow-mode.md, "One tick". Ticks keep their period whatever the source does: one poll at a time is in flight, and a
 * tick that finds one only counts itself. Nothing here is awaited by another actor.
 */
export function createDelegatedDerivation(options: DelegatedDerivationOptions): DelegatedDerivation {
  const { config, follow, engine, clock, logger, metrics } = options
  const record = createFollowRecord({ sourceUrl: follow.sourceUrl, clock, logger, metrics })
  const currentL1Listeners = createListeners<L1BlockRef>()
  const followedListeners = createListeners<FollowedEvent>()
  let currentL1: L1BlockRef = zeroL1BlockRef
  /** Cleared by every failed fetch: the next answer may come from another process. */
  let identityChecked = false
  let everIdentified = false
  let startedMs = 0
  /** When the execution engine was last given a target that it had to sync to. */
  let elSyncTargetMs = 0

  const publishCurrentL1 = (ref: L1BlockRef) => {
    if (sameBlock(ref, currentL1)) return
    currentL1 = ref
    currentL1Listeners.emit(ref)
  }

  /** Step 2: a sync that runs gets time to reach its target; the engine actor notices when it has. */
  const leavesElSyncAlone = ({ target }: FollowedStatus): boolean =>
    engine.state.elSyncing &&
    target.localSafe.number > engine.state.unsafe.number &&
    clock.nowMs() - elSyncTargetMs < elSyncPatienceMs

  const apply = async ({ currentL1: theirs, target }: FollowedStatus): Promise<void> => {
    // The cursor goes down before the heads and up after them: it never promises more than the heads hold.
    if (theirs.number < currentL1.number) publishCurrentL1(theirs)
    const followCase = await engine.follow(target)
    metrics.followCases.inc({ case: followCase })
    if (followCase === 'el-error')
      return record.failed('error_engine', 'the execution engine could not be asked; the target is kept')
    if (followCase === 'refused')
      return record.failed('refused_by_engine', engine.state.finalizedConflict ?? 'the status does not fit')
    if (engine.state.elSyncing && followCase !== 'el-syncing') elSyncTargetMs = clock.nowMs()
    publishCurrentL1(theirs)
    record.applied({ currentL1: theirs, target, followCase })
    followedListeners.emit({ currentL1: theirs, target, followCase })
  }

  const settle = async (poll: FollowPoll): Promise<void> => {
    if (poll.identityChecked !== undefined) identityChecked = poll.identityChecked
    if (poll.result === 'error_identity' && !everIdentified && clock.nowMs() - startedMs < startMs)
      throw new FollowIdentityError(poll.reason)
    everIdentified ||= identityChecked
    if (poll.result === 'error_identity') record.pause(true)
    else if (poll.identityChecked === true) record.pause(false)
    if (poll.result === 'valid' && leavesElSyncAlone(poll.status))
      record.failed('deferred_el_sync', 'the execution engine is syncing to an earlier target')
    else if (poll.result === 'valid') await apply(poll.status)
    else record.failed(poll.result, poll.reason)
  }

  const tick = async (signal: AbortSignal): Promise<void> => {
    const ours = { currentL1, localSafe: engine.state.localSafe }
    await settle(await pollFollowSource({ ...options, rollup: config, ours, identityChecked, signal }))
  }

  return {
    mode: 'follow',
    get currentL1() {
      return currentL1
    },
    onCurrentL1: currentL1Listeners.add,
    onFollowed: followedListeners.add,
    followStatus: record.status,
    async run(signal) {
      startedMs = clock.nowMs()
      let inFlight: Promise<void> | null = null
      let fatal: unknown = null
      const stopped = new AbortController()
      const until = AbortSignal.any([signal, stopped.signal])
      while (!until.aborted) {
        record.observeLag()
        if (inFlight !== null) record.skipped()
        else
          inFlight = tick(until)
            .catch((error: unknown) => {
              if (until.aborted) return
              if (error instanceof FollowIdentityError) {
                fatal = error
                stopped.abort(error)
              } else record.failed('error_engine', errorText(error))
            })
            .finally(() => {
              inFlight = null
            })
        await clock.sleep(follow.pollIntervalMs, until).catch(() => {})
      }
      await inFlight
      if (fatal !== null) throw fatal
      logger.debug('stopped following')
    },
    async reset() {
      await engine.reset('admin_resetDerivationPipeline')
    },
  }
}
