import type { Batch, SingularBatch } from '../../protocol/batch.ts'
import type { L1BlockRef, L2BlockRef } from '../../protocol/refs.ts'
import type { BatchValidity } from './batch-validity.ts'
import type { L2Reads } from './l2-reads.ts'

/** What the batch stage wants next. */
export type BatchVerdict =
  /** The next block's batch. */
  | { readonly kind: 'batch'; readonly batch: SingularBatch; readonly isLastInSpan: boolean }
  /** Nothing to accept: read the next batch, or the next L1 block when there is none. */
  | { readonly kind: 'more' }
  /** The channel that the last batch came from is invalid: drop the rest of it. */
  | { readonly kind: 'flush' }
  /** What this L1 block completes cannot be new: read past it. */
  | { readonly kind: 'skip' }
  /** The L1 blocks do not fit the safe head. */
  | { readonly kind: 'reset'; readonly reason: 'l1-origin-mismatch' }

/** Where the pipeline stands when the batch stage is asked. */
export interface BatchPosition {
  readonly safeHead: L2BlockRef
  readonly origin: L1BlockRef
  /** The L1 block up to which what the inbox holds was judged before the last reset (`RunUp`); 0 when that is not known. */
  readonly judgedUpTo: bigint
  /** True when `origin` has been read to its end: empty batches may be made. */
  readonly exhausted: boolean
}

/** Orders and validates batches: the batch queue before Holocene, the batch stage from then on. */
export interface BatchProvider {
  /** Takes a batch that was completed in `inclusion`. Before, `next` must have asked for more. */
  add(batch: Batch, inclusion: L1BlockRef): void
  next(position: BatchPosition): L2Reads<BatchVerdict>
  /** Drops what is left of a span batch. */
  flush(): void
}

/** Told about every judged batch, for logs and metrics. */
export type BatchObserver = (batch: Batch, validity: BatchValidity) => void
