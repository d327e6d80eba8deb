import type { RollupConfig } from '../../config/rollup-config.ts'
import type { Batch, SingularBatch, SpanBatch } from '../../protocol/batch.ts'
import type { L1BlockRef } from '../../protocol/refs.ts'
import type { BatchObserver, BatchPosition, BatchProvider, BatchVerdict } from './batch-provider.ts'
import { checkSingularBatch } from './batch-validity-singular.ts'
import { checkSpanBatchPrefix } from './batch-validity-span.ts'
import { deriveEmptyBatch } from './empty-batch.ts'
import { type L1Window, windowFits } from './l1-window.ts'
import type { L2Reads } from './l2-reads.ts'
import { createSpanCursor } from './span-cursor.ts'

/**
 * Holocene: batches must arrive in order. It holds one batch at most; an invalid one invalidates its channel, one from
 * the past is passed over, and a span batch is taken block by block.
 * Source: specs/protocol/holocene/derivation.md, "Span Batches" and "Batch Queue".
 */
export function createBatchStage(
  config: RollupConfig,
  window: L1Window,
  observe: BatchObserver,
): BatchProvider {
  const span = createSpanCursor(config)
  let pending: { readonly batch: Batch; readonly inclusion: L1BlockRef } | undefined

  const flush = () => {
    span.clear()
    pending = undefined
  }

  function* next(position: BatchPosition): L2Reads<BatchVerdict> {
    const { safeHead, origin, judgedUpTo, exhausted } = position
    window.update(origin, safeHead)
    // A channel that was complete by the safe head's own origin holds only what is already safe. What was judged with other
    // safe heads is not judged again with this one; only the end of the last such block is, which may have moved the window.
    const wasJudged = origin.number < judgedUpTo || (origin.number === judgedUpTo && !exhausted)
    if (origin.number <= safeHead.l1Origin.number || wasJudged) {
      flush()
      return { kind: 'skip' }
    }
    if (window.blocks.length < 2 || !windowFits(window.blocks, safeHead))
      return { kind: 'reset', reason: 'l1-origin-mismatch' }

    const inclusion = pending?.inclusion ?? origin
    if (pending?.batch.kind === 'span') {
      const refusal = yield* openSpan(pending.batch, position, inclusion)
      if (refusal !== undefined) return refusal
    }
    const candidate = span.take(safeHead, window.blocks) ?? takePendingSingular()
    if (candidate !== undefined) return judge(candidate, position, inclusion)
    return position.exhausted ? deriveEmptyBatch(config, window, position) : { kind: 'more' }
  }

  function* openSpan(
    batch: SpanBatch,
    { safeHead }: BatchPosition,
    inclusion: L1BlockRef,
  ): L2Reads<BatchVerdict | undefined> {
    const context = { config, l1Blocks: window.blocks, safeHead, inclusion }
    const validity = yield* checkSpanBatchPrefix(context, batch)
    pending = undefined
    observe(batch, validity)
    if (validity.kind === 'drop') return { kind: 'flush' }
    // Undecided: the L1 does not have its last origin yet. op-node passes over such a span, and so do we.
    if (validity.kind !== 'accept') return { kind: 'more' }
    span.open(batch, safeHead)
    return undefined
  }

  function takePendingSingular(): SingularBatch | undefined {
    const batch = pending?.batch
    pending = undefined
    return batch?.kind === 'singular' ? batch : undefined
  }

  function judge(batch: SingularBatch, { safeHead }: BatchPosition, inclusion: L1BlockRef): BatchVerdict {
    const validity = checkSingularBatch({ config, l1Blocks: window.blocks, safeHead, inclusion }, batch)
    observe(batch, validity)
    // Each accepted block is safe at once, so each one ends what has to be applied together.
    if (validity.kind === 'accept') return { kind: 'batch', batch, isLastInSpan: true }
    return validity.kind === 'drop' ? { kind: 'flush' } : { kind: 'more' }
  }

  return {
    add(batch, inclusion) {
      pending = { batch, inclusion }
    },
    next,
    flush,
  }
}
