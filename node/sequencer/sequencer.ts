import type { Hash } from 'viem'
import { createBackOff } from '../concurrency/back-off.ts'
import { errorText } from '../concurrency/error-text.ts'
import type { Actor } from '../concurrency/supervise.ts'
import { createWakeup } from '../concurrency/wakeup.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import { type AttributesBuilder, AttributesResetError } from '../derivation/attributes-builder.ts'
import { CriticalDerivationError } from '../derivation/pipeline/critical-derivation-error.ts'
import { type EngineClient, type EngineFollowed, UnsafeHeadChangedError } from '../engine/engine-client.ts'
import type { L1Watcher } from '../l1/l1-watcher.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { formatRef, isZeroRef } from '../protocol/refs.ts'
import { createBlockProduction, NotReadyError, PlanOvertakenError } from './block-production.ts'
import type { BlockPublisher } from './block-publisher.ts'
import { type FollowHold, heldForMs, nextHold, startingHold } from './follow-hold.ts'
import { pauseReason } from './pause-reason.ts'
import type { SequencerAdmin } from './sequencer-admin.ts'

/** Builds the unsafe chain. */
export interface Sequencer extends Actor, SequencerAdmin {
  /** A follower's sequencer hears of every source status that the engine applied. */
  onFollowed(event: EngineFollowed): void
  /** Makes no further block. Resolves when the one under way is made, or given up, and is with the peers. */
  finish(): Promise<void>
}

export interface SequencerOptions {
  readonly config: RollupConfig
  readonly sequencer: {
    readonly stopped: boolean
    readonly l1Confirmations: bigint
    readonly maxSafeLag: bigint
    readonly recover: boolean
  }
  /** The node follows: wait for the source's first word before the first block. */
  readonly follows: boolean
  readonly engine: EngineClient
  readonly attributes: AttributesBuilder
  readonly watcher: Pick<L1Watcher, 'l1' | 'heads' | 'onLatest' | 'onChainChange'>
  readonly publisher: BlockPublisher
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: NodeMetrics
}

/**
 * Decides when blocks are made and what to do when one was not; how one is made is `block-production.ts`. Everything
 * that happens meanwhile (a stop, a new head, an L1 reorg, the follow source's chain) rings the wake-up, and production
 * looks at it between its steps.
 */
export function createSequencer(options: SequencerOptions): Sequencer {
  const { engine, watcher, clock, logger, metrics } = options
  const { l1Confirmations, maxSafeLag } = options.sequencer
  const wakeup = createWakeup()
  let active = !options.sequencer.stopped
  let stops = 0
  let { recover } = options.sequencer
  let hold: FollowHold = { kind: 'free' }
  /** The block under way; a stop waits for it. */
  let working: Promise<void> | null = null
  /** The last stop that was begun: a start that comes meanwhile waits for its answer, which must be true when it is given. */
  let halted: Promise<void> = Promise.resolve()
  const retryBackOff = createBackOff({ firstMs: 50, maxMs: 200 })
  const resetBackOff = createBackOff({ firstMs: 50, maxMs: 2_000 })

  const paused = (): string | null =>
    pauseReason({ active, state: engine.state, heldMs: heldForMs(hold, clock.nowMs()), maxSafeLag })

  const production = createBlockProduction({
    ...options,
    l1Confirmations,
    wakeup,
    paused,
    stops: () => stops,
    recoverMode: () => recover,
  })

  /** Turns what stopped a block into the next thing to do. Returns the milliseconds to wait before it. */
  const delayAfter = async (error: unknown): Promise<number> => {
    if (error instanceof PlanOvertakenError) {
      logger.debug('plan overtaken', { reason: error.message })
      metrics.sequencerErrors.inc({ reason: 'overtaken' })
      return 0
    }
    if (error instanceof AttributesResetError) {
      logger.warn('the head cannot be built on: resetting the engine', { reason: error.message })
      metrics.sequencerErrors.inc({ reason: 'origin' })
      await engine.reset(error.message).catch((failure: unknown) => {
        logger.warn('the engine could not be reset', { error: errorText(failure) })
      })
      // A reset that changes nothing must not become a storm of them.
      return resetBackOff.next()
    }
    const reason = reasonOf(error)
    metrics.sequencerErrors.inc({ reason })
    const fields = { reason, error: errorText(error), head: formatRef(engine.state.unsafe) }
    if (reason === 'temporary') logger.warn('block was not built', fields)
    else logger.debug('block was not built', fields)
    return retryBackOff.next()
  }

  /** No block is begun any more; waits for the one under way, or until it is given up. */
  const halt = (): Promise<void> => {
    active = false
    stops += 1
    wakeup.ring()
    halted = working?.catch(() => {}) ?? halted
    return halted
  }

  const idle = async (signal: AbortSignal): Promise<void> => {
    const heldMs = heldForMs(hold, clock.nowMs())
    if (heldMs > 0) await wakeup.waitAtMost(heldMs, clock, signal)
    else await wakeup.wait(signal)
  }

  const runLoop = async (signal: AbortSignal): Promise<void> => {
    let lastPause: string | null = null
    while (!signal.aborted) {
      metrics.sequencerActive.set(active ? 1 : 0)
      const pause = paused()
      if (pause === null && lastPause !== null) logger.info('sequencing')
      else if (pause !== lastPause) logger.info('not sequencing', { reason: pause })
      lastPause = pause
      if (pause !== null) {
        await idle(signal)
        continue
      }
      working = production.produce(signal)
      let delayMs = 0
      try {
        await working
        retryBackOff.reset()
        resetBackOff.reset()
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof CriticalDerivationError) throw error
        delayMs = await delayAfter(error)
      } finally {
        working = null
      }
      if (delayMs > 0) await clock.sleep(delayMs, signal)
    }
  }

  return {
    name: 'sequencer',
    active: () => active,
    async start(unsafeHead: Hash) {
      await halted
      if (active) throw new Error('sequencer already running')
      const { initialized, unsafe } = engine.state
      if (!initialized || isZeroRef(unsafe))
        throw new Error(`no prestate, cannot determine if sequencer start at ${unsafeHead} is safe`)
      if (unsafe.hash !== unsafeHead.toLowerCase())
        throw new Error(`block hash does not match: head ${unsafe.hash}, received ${unsafeHead}`)
      active = true
      logger.info('sequencer started', { head: formatRef(unsafe) })
      wakeup.ring()
    },
    async stop() {
      if (!active) throw new Error('sequencer not running')
      await halt()
      logger.info('sequencer stopped', { head: formatRef(engine.state.unsafe) })
      return engine.state.unsafe.hash
    },
    async finish() {
      await halt()
      await options.publisher.flushed()
    },
    setRecoverMode(enabled) {
      recover = enabled
      wakeup.ring()
    },
    onFollowed({ followCase, target: { currentL1 } }) {
      const before = hold
      const l1Head = watcher.heads.latest.number
      hold = nextHold(hold, { followCase, currentL1: currentL1.number, l1Head, nowMs: clock.nowMs() })
      if (hold.kind !== before.kind)
        logger.info(hold.kind === 'free' ? 'sequencing resumes' : 'sequencing is held', {
          followCase,
          currentL1: formatRef(currentL1),
        })
      wakeup.ring()
    },
    async run(signal) {
      if (options.follows) hold = startingHold(clock.nowMs())
      const subscriptions = [
        engine.subscribe(({ unsafe }) => {
          production.onHead(unsafe)
          wakeup.ring()
        }),
        engine.onReset(({ cutsAdoption }) => {
          metrics.sequencerResets.inc()
          // The engine may be on that chain already: what is built there is replaced until the source has caught up.
          if (cutsAdoption && heldForMs(hold, clock.nowMs()) === 0) hold = startingHold(clock.nowMs())
        }),
        watcher.onLatest(() => wakeup.ring()),
      ]
      try {
        await runLoop(signal)
      } finally {
        for (const unsubscribe of subscriptions) unsubscribe()
      }
    },
  }
}

function reasonOf(error: unknown): 'head_changed' | 'not_ready' | 'temporary' {
  if (error instanceof UnsafeHeadChangedError) return 'head_changed'
  return error instanceof NotReadyError ? 'not_ready' : 'temporary'
}
