import type { Hash } from 'viem'
import { isForkActive } from '../../config/forks.ts'
import type { RollupConfig } from '../../config/rollup-config.ts'
import type { NodeMetrics } from '../../metrics.ts'
import type { Beacon } from '../../ports/beacon.ts'
import type { Decompressor } from '../../ports/decompressor.ts'
import type { L1Source } from '../../ports/l1-source.ts'
import type { L2Source } from '../../ports/l2-source.ts'
import type { Logger } from '../../ports/logger.ts'
import type { SingularBatch } from '../../protocol/batch.ts'
import type { AttributesWithParent } from '../../protocol/payload.ts'
import { formatRef, type L1BlockRef, type L2BlockRef, zeroL1BlockRef } from '../../protocol/refs.ts'
import type { SystemConfig } from '../../protocol/system-config.ts'
import { applySystemConfigLogs } from '../../protocol/system-config-log.ts'
import type { UpgradeBundles } from '../../protocol/upgrade-bundle.ts'
import { AttributesResetError, createAttributesBuilder } from '../attributes-builder.ts'
import type { BatchVerdict } from './batch-provider.ts'
import { BlobsGoneError, createDataSource } from './data-source.ts'
import { l1Transactions, nextL1Block, toL1BlockRef } from './l1-traversal.ts'
import { answerL2Reads, type L2Reads, safeBlockOf } from './l2-reads.ts'
import { findPipelineStart, type PipelineSources, type PipelineStart } from './pipeline-start.ts'
import { gave, type RunUp, refOf } from './run-up.ts'
import { sequencedTransactions } from './sequenced-transactions.ts'
import { observeStages } from './stage-observer.ts'
import { createStages } from './stages.ts'

export { CriticalDerivationError } from './critical-derivation-error.ts'

/** What one step of the pipeline did. */
export type PipelineStep =
  /** The next block of the safe chain, on top of the parent that the step was given. */
  | { readonly kind: 'attributes'; readonly attributes: AttributesWithParent }
  /** L1 traversal moved to this block. */
  | { readonly kind: 'advanced'; readonly origin: L1BlockRef }
  /** Something was consumed; step again at once. */
  | { readonly kind: 'progress' }
  /** The next L1 block does not exist yet; step again when L1 has a new head. */
  | { readonly kind: 'idle' }
  /** The inputs changed under the pipeline: reset the engine, then the pipeline with the engine's safe head. */
  | { readonly kind: 'reset'; readonly reason: PipelineResetReason }

/** Why a pipeline cannot go on. */
export type PipelineResetReason =
  | 'not-started'
  /** The next L1 block, or the origin of the safe head, does not continue the chain that was read. */
  | 'l1-reorg'
  /** The L1 blocks that were read do not fit the safe head. */
  | 'l1-origin-mismatch'
  /** A batch was accepted on another parent than the safe head. */
  | 'batch-parent-mismatch'
  /** The epoch of a batch does not continue its parent's. */
  | 'epoch-mismatch'
  /** L1 left a block and the beacon its blobs. */
  | 'blobs-gone'

/**
 * Derives the safe chain from L1, one step at a time. Calls must not overlap. Any thrown error that is not a
 * `CriticalDerivationError` is temporary and leaves the pipeline as it was before the step.
 * Source: specs/protocol/derivation.md, "L2 Chain Derivation Pipeline".
 */
export interface Pipeline {
  /** The L1 block that is being read; the zero reference before the first reset. */
  readonly origin: L1BlockRef
  /** `parent` is the safe head that the next attributes must build on. */
  step(parent: L2BlockRef, signal: AbortSignal): Promise<PipelineStep>
  /** Drops everything and starts one channel timeout before the L1 origin of `safeHead`, or of where its run-up begins. */
  reset(safeHead: L2BlockRef, signal: AbortSignal): Promise<void>
  /** Holocene: drops the rest of the channel that the last attributes came from. */
  flushChannel(): void
  /** The channels that wait for frames, and their size as `MAX_CHANNEL_BANK_SIZE` counts it. */
  readonly held: { readonly channels: number; readonly bytes: number }
}

export interface PipelineOptions {
  readonly config: RollupConfig
  readonly l1: L1Source
  /** Null: batches in blobs cannot be read, and are an error. Default: null. */
  readonly beacon?: Beacon | null
  readonly decompressor: Decompressor
  readonly l2: L2Source
  readonly logger: Logger
  readonly metrics: NodeMetrics
  /** From where what gave a safe head is repeated. Default: from that head, which is exact for genesis alone. */
  readonly runUp?: (safeHead: L2BlockRef, signal: AbortSignal) => Promise<RunUp>
  /** See `PipelineSources`. Default: none. */
  readonly again?: PipelineSources['again']
  /** What the first block of a fork adds. Default: none, so that no fork may activate after genesis. */
  readonly upgrades?: UpgradeBundles
}

/** A batch whose attributes have not been built yet. */
interface PendingBatch {
  readonly batch: SingularBatch
  readonly isLastInSpan: boolean
}

/** All of the pipeline's I/O is here and in the functions that it calls; the stages only compute. */
export function createPipeline(options: PipelineOptions): Pipeline {
  const { config, l1, l2, logger, metrics } = options
  const attributes = createAttributesBuilder(options)
  const observer = observeStages(logger, metrics)
  const dataSource = createDataSource({
    config,
    l1,
    beacon: options.beacon ?? null,
    onMalformed: (error) => observer.onMalformed('blob', error),
  })
  const stages = createStages({ config, decompressor: options.decompressor, ...observer })
  let origin: L1BlockRef = zeroL1BlockRef
  let systemConfig: SystemConfig = config.genesis.systemConfig
  let pending: PendingBatch | undefined
  /** Set while the block that a reset starts at has not been read. */
  let start: PipelineStart | undefined
  let resetReason: PipelineResetReason | undefined = 'not-started'
  /** True when `origin` holds no more batches. */
  let exhausted = false
  /** While what gave the safe head is repeated: the newest block that came again, and until which L1 block the rest must. */
  let runUp: { readonly head: L2BlockRef; readonly until: bigint } | undefined
  /** A judgement that takes more than one step, and the safe head that it is about. */
  let judging: { readonly reads: L2Reads<BatchVerdict>; readonly parent: Hash } | undefined

  function demandReset(reason: PipelineResetReason, fields?: Record<string, unknown>): PipelineStep {
    resetReason = reason
    logger.warn('the pipeline needs a reset', { reason, origin: formatRef(origin), ...fields })
    return { kind: 'reset', reason }
  }

  function enter(payloads: readonly Uint8Array[]): void {
    stages.enter(origin, payloads)
    exhausted = false
  }

  /** Undefined when it takes another step. */
  async function judge(parent: L2BlockRef, signal: AbortSignal): Promise<BatchVerdict | undefined> {
    const { reads } = judging?.parent === parent.hash ? judging : { reads: stages.judge(parent, exhausted) }
    judging = undefined
    const step = await answerL2Reads(reads, l2, signal)
    if (step.done) return step.value
    judging = { reads, parent: parent.hash }
    return undefined
  }

  /** Reads the block that a reset starts at. Its system config updates are part of the start already. */
  async function enterStart({ origin: header }: PipelineStart, signal: AbortSignal): Promise<PipelineStep> {
    const transactions = await l1Transactions(l1, header, signal)
    const payloads = await dataSource.payloads(header, transactions, systemConfig.batcherAddr, signal)
    enter(payloads)
    start = undefined
    return { kind: 'progress' }
  }

  async function advance(signal: AbortSignal): Promise<PipelineStep> {
    if (runUp !== undefined && origin.number >= runUp.until) endRunUp('it did not come again')
    const next = await nextL1Block(l1, origin, signal)
    if (next.kind === 'none') return { kind: 'idle' }
    if (next.kind === 'reorg') return demandReset('l1-reorg', { found: formatRef(next.found) })
    const { header, receipts, transactions } = next.block
    const nextConfig = applySystemConfigLogs(systemConfig, config, receipts, header.timestamp, (message) =>
      logger.warn(message, { block: formatRef(header) }),
    )
    const payloads = await dataSource.payloads(header, transactions, nextConfig.batcherAddr, signal)
    systemConfig = nextConfig
    origin = toL1BlockRef(header)
    enter(payloads)
    return { kind: 'advanced', origin }
  }

  async function step(parent: L2BlockRef, signal: AbortSignal): Promise<PipelineStep> {
    if (pending !== undefined) return take(pending, parent, signal)
    if (start !== undefined) return enterStart(start, signal)
    const verdict = await judge(runUp?.head ?? parent, signal)
    if (verdict === undefined) return { kind: 'progress' }
    if (verdict.kind !== 'more') return apply(verdict, parent, signal)
    if (exhausted) return advance(signal)
    exhausted = (await stages.read()) === 'exhausted'
    return { kind: 'progress' }
  }

  const take = (batch: PendingBatch, parent: L2BlockRef, signal: AbortSignal): Promise<PipelineStep> =>
    runUp === undefined ? buildAttributes(batch, parent, signal) : repeat(batch, runUp, parent, signal)

  /** A batch of a block that the engine has: nothing is built. One that is not that block's was passed over then as well. */
  async function repeat(
    { batch }: PendingBatch,
    { head, until }: NonNullable<typeof runUp>,
    safeHead: L2BlockRef,
    signal: AbortSignal,
  ): Promise<PipelineStep> {
    const block = await safeBlockOf(l2, head.number + 1n, signal)
    pending = undefined
    const ref = refOf(config, block)
    const isHolocene = isForkActive(config.forks, 'holocene', origin.timestamp)
    const what = ref.parentHash === head.hash ? gave(batch, block, ref, isHolocene) : null
    if (what === 'deposits') stages.flush()
    if (what !== null) runUp = ref.number < safeHead.number ? { head: ref, until } : undefined
    // An empty batch that the window's end makes would be made again.
    else if (exhausted) endRunUp('L1 gives another block')
    return { kind: 'progress' }
  }

  function endRunUp(why: string): void {
    logger.warn('what gave the safe head cannot be repeated', { why, origin: formatRef(origin) })
    runUp = undefined
  }

  async function apply(
    verdict: BatchVerdict,
    parent: L2BlockRef,
    signal: AbortSignal,
  ): Promise<PipelineStep> {
    switch (verdict.kind) {
      case 'batch':
        pending = verdict
        return take(pending, parent, signal)
      case 'flush':
        stages.flush()
        return { kind: 'progress' }
      case 'skip':
        if (exhausted) return advance(signal)
        exhausted = stages.skip()
        return { kind: 'progress' }
      case 'reset':
        return demandReset(verdict.reason, {
          safeHead: formatRef(parent),
          safeOrigin: formatRef(parent.l1Origin),
        })
      case 'more':
        return { kind: 'progress' }
    }
  }

  async function buildAttributes(
    { batch, isLastInSpan }: PendingBatch,
    parent: L2BlockRef,
    signal: AbortSignal,
  ): Promise<PipelineStep> {
    if (batch.parentHash !== parent.hash || batch.timestamp !== parent.timestamp + config.blockTime)
      return demandReset('batch-parent-mismatch', {
        safeHead: formatRef(parent),
        batchParent: batch.parentHash,
      })
    try {
      const template = await attributes.build(
        parent,
        { hash: batch.epochHash, number: batch.epochNum },
        signal,
      )
      pending = undefined
      const sequenced = sequencedTransactions(batch.transactions, template.gasLimit)
      const transactions = [...template.transactions, ...sequenced]
      return {
        kind: 'attributes',
        attributes: { attributes: { ...template, transactions }, parent, derivedFrom: origin, isLastInSpan },
      }
    } catch (error) {
      if (!(error instanceof AttributesResetError)) throw error
      return demandReset('epoch-mismatch', { error })
    }
  }

  return {
    get origin() {
      return origin
    },
    async step(parent, signal) {
      if (resetReason !== undefined) return { kind: 'reset', reason: resetReason }
      try {
        return await step(parent, signal)
      } catch (error) {
        if (!(error instanceof BlobsGoneError)) throw error
        return demandReset('blobs-gone', { error })
      }
    },
    async reset(safeHead, signal) {
      const repeats = (await options.runUp?.(safeHead, signal)) ?? {
        from: safeHead,
        judgedUpTo: 0n,
        until: 0n,
      }
      const found = await findPipelineStart({ config, l1, l2, again: options.again }, repeats.from, signal)
      const { from, judgedUpTo, until } = repeats
      pending = undefined
      runUp = from.number < safeHead.number ? { head: from, until } : undefined
      judging = undefined
      start = found ?? undefined
      if (found === null) {
        demandReset('l1-reorg', { safeHead: formatRef(safeHead), safeOrigin: formatRef(safeHead.l1Origin) })
        return
      }
      resetReason = undefined
      origin = toL1BlockRef(found.origin)
      systemConfig = found.systemConfig
      stages.reset(origin, judgedUpTo)
      logger.info('pipeline reset', { safeHead: formatRef(safeHead), origin: formatRef(origin) })
    },
    flushChannel() {
      if (!isForkActive(config.forks, 'holocene', origin.timestamp)) return
      pending = undefined
      judging = undefined
      stages.flush()
    },
    get held() {
      return stages.held
    },
  }
}
