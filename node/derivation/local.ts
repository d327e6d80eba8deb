import { createBackOff } from '../concurrency/back-off.ts'
import { errorText } from '../concurrency/error-text.ts'
import { createListeners } from '../concurrency/listeners.ts'
import { createWakeup } from '../concurrency/wakeup.ts'
import { type EngineClient, type EngineReset, isProving, knowsSafe } from '../engine/engine-client.ts'
import { findNonCanonical } from '../l1/canonicality.ts'
import type { L1Watcher } from '../l1/l1-watcher.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { AttributesWithParent } from '../protocol/payload.ts'
import {
  type BlockId,
  formatRef,
  isZeroRef,
  type L1BlockRef,
  sameBlock,
  zeroL1BlockRef,
} from '../protocol/refs.ts'
import type { Derivation } from './derivation.ts'
import type { Finalizer } from './finalizer.ts'
import { CriticalDerivationError } from './pipeline/critical-derivation-error.ts'
import type { Pipeline, PipelineResetReason } from './pipeline/pipeline.ts'

export interface LocalDerivationOptions {
  readonly pipeline: Pipeline
  readonly finalizer: Finalizer
  readonly engine: EngineClient
  readonly watcher: Pick<L1Watcher, 'l1' | 'heads' | 'onLatest' | 'onFinalized' | 'onChainChange'>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: NodeMetrics
}

/** Derivation from own L1. */
export interface LocalDerivation extends Derivation {
  readonly mode: 'derive'
  /** The L1 block that is being read, also when L1 has orphaned it; the zero reference while there is none. */
  readonly reading: BlockId
}

/** Longest stretch of pipeline steps that run without letting the other actors run, in milliseconds. */
const sliceMs = 20

/** The pause before a reset that follows another without anything in between: doubling, at most five seconds. */
const resetPauseMs = (resetsInARow: number) => Math.min(50 * 2 ** Math.min(resetsInARow, 10), 5_000)

/**
 * Derives the safe chain from L1: steps the pipeline, hands each block to the engine and waits for its verdict before
 * the next step (one set of attributes in flight). Idle until L1 has a new head; temporary errors back off here alone.
 * Safe blocks that the engine kept at a start without proof are derived again first; the engine is reset when L1 does not
 * give them. When L1 orphans what it reads it stops, takes `currentL1` back, and starts over once the engine has been reset.
 */
export function createLocalDerivation(options: LocalDerivationOptions): LocalDerivation {
  const { pipeline, finalizer, engine, watcher, clock, random, logger, metrics } = options
  const wakeup = createWakeup()
  const listeners = createListeners<L1BlockRef>()
  let currentL1: L1BlockRef = zeroL1BlockRef
  /** The engine has said where to begin; its state says so a moment before, while the reset is still under way. */
  let placed = false
  let pipelineStale = true
  let finalityDue = false
  /** The chain that the pipeline reads may not be own L1's any more: nothing is derived before that is known. */
  let doubted = false
  /** Pipeline resets since the last derived block or the last rest: the second in a row waits, and so on. */
  let resetsInARow = 0
  /** Derived, not settled yet. Kept over a temporary error: the pipeline will not give it again. */
  let inFlight: AttributesWithParent | null = null
  /** What the next engine reset is counted under; `engine` unless it was asked for here. */
  let resetCause: PipelineResetReason | 'engine' | 'admin' | 'unproven-safe' = 'engine'
  /** What own L1 and the clock said when derivation got its place: what was safe then comes from no later L1 block. */
  let placedAt = { l1Number: 0n, timeMs: 0 }

  const publishCurrentL1 = (ref: L1BlockRef) => {
    if (sameBlock(ref, currentL1)) return
    currentL1 = ref
    listeners.emit(ref)
  }

  const notePlace = () => {
    placedAt = { l1Number: watcher.heads.latest.number, timeMs: clock.nowMs() }
  }

  const onEngineReset = ({ reason, heads }: EngineReset) => {
    placed = true
    notePlace()
    pipelineStale = true
    inFlight = null
    doubted = false
    // Unknown until the pipeline has a place again; a follower then waits instead of trusting rewound heads.
    publishCurrentL1(zeroL1BlockRef)
    metrics.pipelineResets.inc({ reason: resetCause })
    resetCause = 'engine'
    logger.info('derivation restarts from the safe head', { reason, safe: formatRef(heads.localSafe) })
    wakeup.ring()
  }

  const resetEngine = async (cause: typeof resetCause, reason: string): Promise<void> => {
    resetCause = cause
    // What an operator asks for says nothing against safe blocks that a start kept without proof.
    await engine.reset(reason, { keepsUnproven: cause === 'admin' })
  }

  const consolidate = async (attributes: AttributesWithParent): Promise<void> => {
    inFlight = attributes
    const outcome = await engine.consolidate(attributes)
    inFlight = null
    switch (outcome.kind) {
      case 'deposits-only':
        pipeline.flushChannel()
        break
      case 'dropped':
        logger.warn('a derived payload was invalid: its batch is dropped', { reason: outcome.reason })
        return
      case 'stale':
      case 'reset':
        return
      case 'consolidated':
      case 'built':
        break
    }
    resetsInARow = 0
  }

  const finalize = async (signal: AbortSignal): Promise<void> => {
    finalityDue = false
    try {
      await finalizer.finalize(watcher.heads.finalized, signal)
    } catch (error) {
      signal.throwIfAborted()
      finalityDue = true
      logger.warn('finality could not be checked', { error: errorText(error) })
    }
  }

  const doubt = () => {
    doubted = true
    resetCause = 'l1-reorg'
    // Unknown until the pipeline has a place again; a follower then waits instead of trusting what is on an orphan.
    publishCurrentL1(zeroL1BlockRef)
  }

  /** Returns true when the pipeline may start over by itself; else the engine is reset first, or L1 has to move. */
  const settleDoubt = async (signal: AbortSignal): Promise<boolean> => {
    // A pipeline that still repeats what gave its safe head has no place that L1 could replace.
    const { l1Origin } = engine.state.localSafe
    const blocks = isZeroRef(pipeline.origin) ? [l1Origin] : [l1Origin, pipeline.origin]
    if ((await findNonCanonical(watcher.l1, blocks, signal)) !== null) return false
    doubted = false
    pipelineStale = true
    metrics.pipelineResets.inc({ reason: 'l1-reorg' })
    resetCause = 'engine'
    return true
  }

  /**
   * Whether L1 was read past everything that can have given the safe blocks that were kept without proof, and did not give
   * them. Own L1 may lag behind what they were derived from, so its head of then is not enough.
   */
  const isDisproven = (read: L1BlockRef): boolean =>
    isProving(engine.state) &&
    read.number > placedAt.l1Number &&
    Number(read.timestamp) * 1_000 > placedAt.timeMs

  /** One unit of work. Returns false when there is nothing to do before the next wake-up. */
  const advance = async (signal: AbortSignal): Promise<boolean> => {
    if (doubted && !pipelineStale) return settleDoubt(signal)
    if (pipelineStale) {
      // Inputs that contradict each other (an L1 that serves two forks) must not become a storm of resets.
      if (resetsInARow++ > 0) await clock.sleep(resetPauseMs(resetsInARow), signal)
      pipelineStale = false
      try {
        const { pendingSafe, localSafe } = engine.state
        await pipeline.reset(isProving(engine.state) ? pendingSafe : localSafe, signal)
      } catch (error) {
        pipelineStale = true
        throw error
      }
      if (!pipelineStale) publishCurrentL1(pipeline.origin)
      return true
    }
    if (inFlight !== null) {
      await consolidate(inFlight)
      return true
    }
    const step = await pipeline.step(engine.state.pendingSafe, signal)
    // A reset that arrived during the step makes its result meaningless.
    if (pipelineStale || doubted) return true
    switch (step.kind) {
      case 'attributes':
        await consolidate(step.attributes)
        return true
      case 'advanced':
        publishCurrentL1(step.origin)
        if (isDisproven(step.origin))
          await resetEngine('unproven-safe', 'L1 does not give the safe block that was kept at the start')
        else await finalize(signal)
        return true
      case 'progress':
        return true
      case 'idle':
        resetsInARow = 0
        return false
      case 'reset':
        // Whether L1 reorged is not the pipeline's to say: it may have read two forks.
        if (step.reason === 'l1-reorg') doubt()
        else await resetEngine(step.reason, step.reason)
        return true
    }
  }

  return {
    mode: 'derive',
    get currentL1() {
      return currentL1
    },
    onCurrentL1: listeners.add,
    get reading() {
      return pipelineStale ? zeroL1BlockRef : pipeline.origin
    },
    async run(signal) {
      placed = engine.state.initialized
      notePlace()
      const subscriptions = [
        watcher.onLatest(() => wakeup.ring()),
        watcher.onFinalized(() => {
          finalityDue = true
          wakeup.ring()
        }),
        watcher.onChainChange(({ removed }) => {
          if (pipelineStale || !removed.some((block) => sameBlock(block, pipeline.origin))) return
          doubt()
          wakeup.ring()
        }),
        engine.onReset(onEngineReset),
        engine.subscribe(() => {
          if (!knowsSafe(engine.state) || pipelineStale) wakeup.ring()
        }),
      ]
      const backOff = createBackOff({ firstMs: 100, maxMs: 5_000, random })
      let sliceStartMs = clock.nowMs()
      try {
        while (!signal.aborted) {
          if (!placed || !knowsSafe(engine.state)) {
            await wakeup.wait(signal)
            continue
          }
          try {
            if (finalityDue) await finalize(signal)
            const busy = await advance(signal)
            backOff.reset()
            if (!busy) {
              await wakeup.wait(signal)
              sliceStartMs = clock.nowMs()
            } else if (clock.nowMs() - sliceStartMs > sliceMs) {
              await clock.sleep(0, signal)
              sliceStartMs = clock.nowMs()
            }
          } catch (error) {
            signal.throwIfAborted()
            if (error instanceof CriticalDerivationError) throw error
            metrics.derivationErrors.inc()
            const retryMs = backOff.next()
            logger.warn('derivation has to wait', { error: errorText(error), retryMs })
            await clock.sleep(retryMs, signal)
          }
        }
      } finally {
        for (const unsubscribe of subscriptions) unsubscribe()
      }
    },
    async reset() {
      await resetEngine('admin', 'admin_resetDerivationPipeline')
    },
  }
}
