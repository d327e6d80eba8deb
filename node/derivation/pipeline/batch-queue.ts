import type { RollupConfig } from '../../config/rollup-config.ts'
import type { Batch } from '../../protocol/batch.ts'
import type { L1BlockRef } from '../../protocol/refs.ts'
import type { BatchObserver, BatchPosition, BatchProvider, BatchVerdict } from './batch-provider.ts'
import type { BatchContext, BatchValidity } from './batch-validity.ts'
import { checkSingularBatch } from './batch-validity-singular.ts'
import { checkSpanBatch } from './batch-validity-span-full.ts'
import { deriveEmptyBatch } from './empty-batch.ts'
import { isBehind, type L1Window, windowFits } from './l1-window.ts'
import type { L2Reads } from './l2-reads.ts'
import { createSpanCursor } from './span-cursor.ts'

interface QueuedBatch {
  readonly batch: Batch
  readonly inclusion: L1BlockRef
}

const batchesPerStep = 256

/**
 * Before Holocene: batches may arrive in any order; the first that was included and can be accepted is the next. What
 * is held is bounded by the data of one sequencing window: a batch for an epoch that the safe head left is let go.
 * Source: specs/protocol/derivation.md, "Batch Queue".
 */
export function createBatchQueue(
  config: RollupConfig,
  window: L1Window,
  observe: BatchObserver,
): BatchProvider {
  const span = createSpanCursor(config)
  let queue: QueuedBatch[] = []
  /** Before those in the queue: too early for `judgedAt`, and so not looked at again before it changes. */
  let early: QueuedBatch[] = []
  let judgedAt = ''

  function* next(position: BatchPosition): L2Reads<BatchVerdict> {
    const { safeHead, origin } = position
    // Before the window moves: when the engine refuses a block of the span, all of the span's epochs are needed again.
    const fromSpan = span.take(safeHead, window.blocks)
    if (fromSpan !== undefined) return { kind: 'batch', batch: fromSpan, isLastInSpan: span.isEmpty }

    window.update(origin, safeHead)
    if (isBehind(origin, safeHead)) {
      queue = []
      early = []
      return { kind: 'skip' }
    }
    if (!windowFits(window.blocks, safeHead)) return { kind: 'reset', reason: 'l1-origin-mismatch' }

    const found = yield* findAcceptable(position)
    if (found === 'undecided') return { kind: 'more' }
    if (found !== undefined) return accepted(found, position)
    return position.exhausted ? deriveEmptyBatch(config, window, position) : { kind: 'more' }
  }

  /** The first acceptable batch, taken out of the queue together with what can never be accepted. */
  function* findAcceptable({ safeHead }: BatchPosition): L2Reads<Batch | 'undecided' | undefined> {
    const place = `${safeHead.hash} ${window.blocks[0]?.hash}`
    if (place !== judgedAt) {
      queue = early.concat(queue)
      early = []
      judgedAt = place
    }
    const kept: QueuedBatch[] = []
    const leave = (judged: number) => {
      for (const queued of kept) early.push(queued)
      queue = queue.slice(judged)
    }
    for (const [index, queued] of queue.entries()) {
      if (index % batchesPerStep === batchesPerStep - 1) yield
      const { batch, inclusion } = queued
      const validity = yield* check({ config, l1Blocks: window.blocks, safeHead, inclusion }, batch)
      if (validity.kind !== 'future') observe(batch, validity)
      if (validity.kind === 'undecided') {
        leave(index)
        return 'undecided'
      }
      if (validity.kind === 'accept') {
        leave(index + 1)
        return batch
      }
      if (validity.kind === 'future' && lastEpoch(batch) >= safeHead.l1Origin.number) kept.push(queued)
    }
    leave(queue.length)
    return undefined
  }

  function accepted(batch: Batch, { safeHead }: BatchPosition): BatchVerdict {
    if (batch.kind === 'singular') return { kind: 'batch', batch, isLastInSpan: true }
    span.open(batch, safeHead)
    const first = span.take(safeHead, window.blocks)
    return first === undefined
      ? { kind: 'more' }
      : { kind: 'batch', batch: first, isLastInSpan: span.isEmpty }
  }

  return {
    add(batch, inclusion) {
      queue.push({ batch, inclusion })
    },
    next,
    flush() {
      span.clear()
    },
  }
}

function* check(context: BatchContext, batch: Batch): L2Reads<BatchValidity> {
  return batch.kind === 'singular'
    ? checkSingularBatch(context, batch)
    : yield* checkSpanBatch(context, batch)
}

function lastEpoch(batch: Batch): bigint {
  return batch.kind === 'singular' ? batch.epochNum : (batch.blocks.at(-1)?.epochNum ?? 0n)
}
