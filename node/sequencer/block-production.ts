import type { Wakeup } from '../concurrency/wakeup.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import { type AttributesBuilder, AttributesResetError } from '../derivation/attributes-builder.ts'
import type { BuildJob, EngineClient } from '../engine/engine-client.ts'
import { NodeError } from '../errors/node-error.ts'
import type { L1Watcher } from '../l1/l1-watcher.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { Clock } from '../ports/clock.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import { type BlockId, formatRef, type L2BlockRef, sameBlock } from '../protocol/refs.ts'
import type { BlockPublisher } from './block-publisher.ts'
import { selectOrigin } from './origin-selection.ts'
import { viewOrigins } from './origin-viewer.ts'
import { slotTiming } from './slot-timing.ts'

/** The block under way no longer makes sense (the head moved, L1 reorged, a stop): plan anew from what is true now. */
export class PlanOvertakenError extends NodeError {
  override readonly name = 'PlanOvertakenError'
  override readonly code = 'sequencer-overtaken'
}

/** Nothing can be built yet, and nothing is wrong with the chain. */
export class NotReadyError extends NodeError {
  override readonly name = 'NotReadyError'
  override readonly code = 'sequencer-not-ready'
}

/** Makes one block at a time on the unsafe head. */
export interface BlockProduction {
  /**
   * Waits for the time of the next block, chooses its L1 origin, builds, and seals at the slot.
   * @throws PlanOvertakenError, NotReadyError, AttributesResetError, or what the engine and L1 throw.
   */
  produce(signal: AbortSignal): Promise<void>
  /**
   * The unsafe head changed: a sealed block that became it is published. That may be long after its seal, with a reset,
   * because the answer to the update that made it the head was lost.
   */
  onHead(unsafe: L2BlockRef): void
}

export interface BlockProductionOptions {
  readonly config: RollupConfig
  readonly l1Confirmations: bigint
  readonly engine: EngineClient
  readonly attributes: AttributesBuilder
  readonly watcher: Pick<L1Watcher, 'l1' | 'heads' | 'onChainChange'>
  readonly publisher: BlockPublisher
  /** Rung by everything that may overtake a plan. */
  readonly wakeup: Wakeup
  /** Why no block may be made now; null when one may. */
  readonly paused: () => string | null
  /** How often block production was stopped: a plan from before a stop is void, also once it was started again. */
  readonly stops: () => number
  readonly recoverMode: () => boolean
  readonly clock: Clock
  readonly metrics: NodeMetrics
}

/** The block that is being made, from its plan to its seal. */
interface Plan {
  readonly parent: L2BlockRef
  /** See {@link BlockProductionOptions.stops}. */
  readonly stops: number
  /** Set when own L1 orphans one of the origins. */
  orphaned: string | null
}

export function createBlockProduction(options: BlockProductionOptions): BlockProduction {
  const { config, engine, attributes, watcher, wakeup, clock, metrics } = options
  let lastSealMs = 0
  /** Sealed, and not the head yet. */
  let sealed: PayloadEnvelope | null = null

  const checkPlan = (plan: Plan) => {
    const pause = options.paused()
    if (pause !== null) throw new PlanOvertakenError(pause)
    if (options.stops() !== plan.stops) throw new PlanOvertakenError('stopped, and started again')
    if (!sameBlock(engine.state.unsafe, plan.parent)) throw new PlanOvertakenError('the head changed')
    if (plan.orphaned !== null) throw new PlanOvertakenError(plan.orphaned)
  }

  const waitUntil = async (atMs: number, plan: Plan, signal: AbortSignal): Promise<void> => {
    for (checkPlan(plan); clock.nowMs() < atMs; checkPlan(plan))
      await wakeup.waitAtMost(atMs - clock.nowMs(), clock, signal)
  }

  /** Overtakes the plan when own L1 orphans an origin of it. Returns what ends the watch. */
  const watchOrigins = (plan: Plan, origins: readonly BlockId[]) =>
    watcher.onChainChange(({ removed }) => {
      const orphan = origins.find((origin) => removed.some((block) => sameBlock(block, origin)))
      if (orphan === undefined) return
      plan.orphaned = `L1 orphaned the origin ${formatRef(orphan)} while a block was built`
      wakeup.ring()
    })

  const chooseOrigin = async (parent: L2BlockRef, signal: AbortSignal) => {
    const view = await viewOrigins(watcher.l1, parent, () => watcher.heads.latest, signal)
    const { l1Confirmations } = options
    const decision = selectOrigin({
      config,
      head: parent,
      view,
      l1Confirmations,
      recover: options.recoverMode(),
    })
    if (decision.kind === 'build') return decision
    throw decision.kind === 'reset'
      ? new AttributesResetError(decision.reason)
      : new NotReadyError(decision.reason)
  }

  const build = async (plan: Plan, sealMs: number, signal: AbortSignal): Promise<BuildJob> => {
    const { parent } = plan
    const { origin, noTxPool } = await chooseOrigin(parent, signal)
    const unsubscribe = watchOrigins(plan, [parent.l1Origin, origin])
    try {
      const template = await attributes.build(parent, origin, signal)
      checkPlan(plan)
      const job = await engine.build({
        attributes: { ...template, noTxPool },
        parent,
        isLastInSpan: false,
      })
      await waitUntil(sealMs, plan, signal)
      return job
    } finally {
      unsubscribe()
    }
  }

  return {
    async produce(signal) {
      const plan: Plan = { parent: engine.state.unsafe, stops: options.stops(), orphaned: null }
      const timestamp = plan.parent.timestamp + config.blockTime
      const timing = slotTiming(timestamp, config.blockTime, lastSealMs)
      await waitUntil(timing.buildMs, plan, signal)
      const buildStartMs = clock.nowMs()
      const job = await build(plan, timing.sealMs, signal).catch((error: unknown) => {
        // What was found out about a head that is no more asks for no reset.
        if (error instanceof AttributesResetError) checkPlan(plan)
        throw error
      })

      const sealStartMs = clock.nowMs()
      const envelope = await engine.seal(job, (inserted) => {
        sealed = inserted
      })
      lastSealMs = clock.nowMs() - sealStartMs
      metrics.sequencerBlocks.inc()
      metrics.transactionsSequenced.inc({}, envelope.payload.transactions.length)
      metrics.sequencerSealingSeconds.observe(lastSealMs / 1000)
      metrics.sequencerBuildingDiffSeconds.observe(
        (clock.nowMs() - buildStartMs) / 1000 - Number(config.blockTime),
      )
      metrics.sequencerLateMs.observe(Math.max(0, clock.nowMs() - timing.slotMs))
    },
    onHead({ hash, number }) {
      if (sealed === null || sealed.payload.blockNumber > number) return
      if (sealed.payload.blockHash === hash) options.publisher.publish(sealed)
      sealed = null
    },
  }
}
