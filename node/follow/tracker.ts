import { withDeadline } from '../concurrency/deadline.ts'
import { errorText } from '../concurrency/error-text.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import type { EngineClient, FollowTarget } from '../engine/engine-client.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { Clock } from '../ports/clock.ts'
import type { FollowSource } from '../ports/follow-source.ts'
import type { L1Source } from '../ports/l1-source.ts'
import type { Logger } from '../ports/logger.ts'
import { type BlockId, isZeroRef, type L1BlockRef, sameBlock } from '../protocol/refs.ts'
import type { Cursor } from './cursor.ts'
import { chainIdentityOf, FollowIdentityError } from './identity.ts'
import { createIdentityCheck } from './identity-check.ts'
import { judgeStatus } from './judge.ts'
import { type JumpMemory, noJumps, rememberAccepted } from './jump.ts'
import type { PollOutcome } from './poll-pace.ts'
import type { FollowRecord } from './record.ts'
import { type ReplayMarks, withAccepted } from './replay-guard.ts'
import { followTarget } from './structure.ts'

/** Follows one source: what is known of it, from poll to poll. */
export interface SourceTracker {
  /**
   * Asks once, judges the answer and gives it to the engine.
   * @throws FollowIdentityError when the source turns out to be of another chain at the start; the signal's reason.
   */
  poll(signal: AbortSignal): Promise<PollOutcome>
}

export interface SourceTrackerOptions {
  readonly config: RollupConfig
  readonly timeoutMs: number
  readonly source: FollowSource
  /** Own L1: the judge of everything that the source says about L1. */
  readonly l1: L1Source
  /** Own L1's head as last seen. */
  readonly l1Head: () => L1BlockRef
  readonly wasReplaced: (block: BlockId) => boolean
  readonly engine: EngineClient
  readonly cursor: Cursor
  readonly record: FollowRecord
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: NodeMetrics
}

/** Statuses ahead of own L1 that are remembered; each may cost a look at L1 where the source goes back. */
const heardMax = 16

/** How long an EL sync keeps its target before a newer one replaces it: no peer may have the old one any more. */
const elSyncPatienceMs = 10_000

/**
 * A source of another chain that shows itself within this time is a wrong configuration and ends the node. One that
 * shows itself later must not end a node that may be sequencing by then.
 */
const startMs = 60_000

export function createSourceTracker(options: SourceTrackerOptions): SourceTracker {
  const { config, timeoutMs, source, l1, l1Head, engine, cursor, record, clock, metrics } = options
  const identity = createIdentityCheck({ ...options, ours: chainIdentityOf(config) })
  const startedMs = clock.nowMs()
  let everIdentified = false
  let isForeign = false
  let jumps: JumpMemory = noJumps
  let l1HeadAtStart: BlockId | null = null
  let heard: ReplayMarks<L1BlockRef> = []
  let lastLocalSafe: BlockId | null = null
  /** When the execution engine was last given a target that it had to sync to. */
  let elSyncTargetMs = 0

  const refuseChain = (fault: string): PollOutcome => {
    if (!everIdentified && clock.nowMs() - startedMs < startMs) throw new FollowIdentityError(fault)
    isForeign = true
    record.pause(true)
    record.failed('error_identity', fault)
    return 'failed'
  }

  const acceptChain = () => {
    everIdentified = true
    isForeign = false
    record.pause(false)
  }

  /** What the source says; a sentence when it could not be had. */
  const fetchTarget = async (signal: AbortSignal): Promise<FollowTarget | string> => {
    try {
      const status = await withDeadline('follow source', timeoutMs, clock, signal, (inner) =>
        source.syncStatus(inner),
      )
      return followTarget(status)
    } catch (error) {
      signal.throwIfAborted()
      return errorText(error)
    }
  }

  /** Own L1's head; null when it could not be had, which is on record then. */
  const readL1Head = async (signal: AbortSignal): Promise<BlockId | null> => {
    if (!isZeroRef(l1Head())) return l1Head()
    try {
      const head = await withDeadline('own L1', timeoutMs, clock, signal, (inner) =>
        l1.headerByLabel('latest', inner),
      )
      if (head === null) record.failed('error_l1', 'own L1 has no block yet')
      return head
    } catch (error) {
      signal.throwIfAborted()
      record.failed('error_l1', errorText(error))
      return null
    }
  }

  /** Step 2: a sync that runs gets time to reach its target; the engine actor notices when it has. */
  const leavesElSyncAlone = ({ localSafe }: FollowTarget): boolean => {
    const { syncTarget } = engine.state
    return (
      syncTarget !== null &&
      localSafe.number > syncTarget.unsafe.number &&
      clock.nowMs() - elSyncTargetMs < elSyncPatienceMs
    )
  }

  /** Step 7. What the engine makes of it, now or later, is told by its event. */
  const give = async (
    target: FollowTarget,
    { asked, judgedMs }: { readonly asked: boolean; readonly judgedMs: number },
    signal: AbortSignal,
  ): Promise<PollOutcome> => {
    if (leavesElSyncAlone(target)) {
      record.failed('deferred_el_sync', 'the execution engine is syncing to an earlier target')
      return 'same'
    }
    cursor.lower(target.currentL1)
    const syncedTo = engine.state.syncTarget?.unsafe.hash
    let followCase = await engine.follow(target, asked || identity.isSilent, judgedMs)
    if (followCase === 'unconfirmed') {
      const fault = await identity.ask(signal)
      if (fault !== null) return refuseChain(fault)
      if (identity.isDue()) {
        record.failed('error_fetch_status', 'the source could not be asked for its chain')
        return 'failed'
      }
      acceptChain()
      followCase = await engine.follow(target, true, judgedMs)
    }
    metrics.followCases.inc({ case: followCase })
    switch (followCase) {
      case 'el-error':
      case 'unconfirmed':
        record.failed('error_engine', 'the execution engine could not be asked; the target waits')
        return 'same'
      case 'refused':
        record.failed('refused_by_engine', engine.state.finalizedConflict ?? 'the status does not fit')
        return 'same'
      case 'el-syncing':
        if (engine.state.syncTarget?.unsafe.hash !== syncedTo) elSyncTargetMs = clock.nowMs()
        record.syncing(target)
        return 'same'
      default:
        return 'moved'
    }
  }

  return {
    async poll(signal) {
      const mustAsk = identity.isDue()
      const [target, foreign] = await Promise.all([
        fetchTarget(signal),
        mustAsk ? identity.ask(signal) : null,
      ])
      if (foreign !== null) return refuseChain(foreign)
      if (typeof target === 'string') {
        identity.doubt()
        record.failed('error_fetch_status', target)
        return 'failed'
      }
      if (isForeign && identity.isUnanswered) {
        record.failed(
          'error_identity',
          'the source was of another chain, and cannot be asked for its chain now',
        )
        return 'failed'
      }
      const wasForeign = isForeign
      acceptChain()
      if (wasForeign) {
        record.failed(
          'error_identity',
          'the source served another chain when it was asked for its status, or a moment before',
        )
        return 'behind'
      }
      // What the engine remembers of before our start is what a replaying source would take back.
      if (!engine.state.initialized) {
        record.failed('error_engine', 'the heads of the execution engine are not known yet')
        return 'behind'
      }
      await cursor.settle(signal)
      l1HeadAtStart ??= await readL1Head(signal)
      if (l1HeadAtStart === null) return 'failed'

      const judgedMs = clock.nowMs()
      const judged = await judgeStatus({
        ...options,
        target,
        heads: engine.state,
        marks: cursor.marks,
        heard,
        atStart: { l1Head: l1HeadAtStart, timeMs: startedMs },
        l1Head: l1Head(),
        jumps,
        l1,
        signal,
      })
      jumps = judged.jumps
      const { judgement } = judged
      if (judgement.result !== 'valid') {
        record.failed(judgement.result, judgement.reason)
        if (judgement.result === 'ahead_of_own_l1') heard = withAccepted(heard, target).slice(-heardMax)
        const mayChangeSoon = judgement.result === 'held_jump' || judgement.result === 'ahead_of_own_l1'
        return mayChangeSoon ? 'behind' : judgement.result === 'error_l1' ? 'failed' : 'same'
      }
      jumps = rememberAccepted(jumps, target.localSafe.number, clock.nowMs())
      const moved = lastLocalSafe === null || !sameBlock(lastLocalSafe, target.localSafe)
      lastLocalSafe = target.localSafe
      const asked = mustAsk && !identity.isDue()
      const outcome = await give(target, { asked, judgedMs }, signal)
      return outcome === 'moved' && !moved ? 'same' : outcome
    },
  }
}
