import { isForkActive } from '../../config/forks.ts'
import type { RollupConfig } from '../../config/rollup-config.ts'
import type { L1BlockRef, L2BlockRef } from '../../protocol/refs.ts'

/**
 * Why a batch can never become valid on this L1 chain. The names are those of kona, so that logs of both can be
 * compared; `UnsupportedTransactionType` is ours, for the rule of derivation.md, "Batch Queue", that op-node and kona
 * leave to the execution engine.
 */
export const batchDropReasons = [
  'FutureTimestampHolocene',
  'PastTimestampPreHolocene',
  'ParentHashMismatch',
  'IncludedTooLate',
  'EpochTooOld',
  'EpochTooFarInFuture',
  'EpochHashMismatch',
  'TimestampBeforeL1Origin',
  'SequencerDriftOverflow',
  'SequencerDriftExceeded',
  'SequencerDriftNotAdoptedNextOrigin',
  'EmptyTransaction',
  'DepositTransaction',
  'Eip7702PreIsthmus',
  'NonEmptyTransitionBlock',
  'SpanBatchPreDelta',
  'SpanBatchNoNewBlocksPreHolocene',
  'SpanBatchMisalignedTimestamp',
  'SpanBatchNotOverlappedExactly',
  'L1OriginBeforeSafeHead',
  'MissingL1Origin',
  'OverlappedTxCountMismatch',
  'OverlappedTxMismatch',
  'L2BlockInfoExtractionFailed',
  'OverlappedL1OriginMismatch',
  'UnsupportedTransactionType',
] as const

export type BatchDropReason = (typeof batchDropReasons)[number]

/**
 * What a batch is, seen from a safe head. `undecided`: more L1 blocks are needed. `future`: check it again later.
 * `past`: it holds nothing new, and what follows it in its channel may still be good (Holocene).
 * Source: specs/protocol/derivation.md, "Batch Queue"; holocene/derivation.md, "Batch Queue".
 */
export type BatchValidity =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop'; readonly reason: BatchDropReason }
  | { readonly kind: 'undecided' }
  | { readonly kind: 'future' }
  | { readonly kind: 'past' }

export const accept = { kind: 'accept' } as const satisfies BatchValidity
export const undecided = { kind: 'undecided' } as const satisfies BatchValidity
export const future = { kind: 'future' } as const satisfies BatchValidity
export const past = { kind: 'past' } as const satisfies BatchValidity
export const drop = (reason: BatchDropReason) => ({ kind: 'drop', reason }) as const satisfies BatchValidity

/** Everything beside the batch that its validity depends on. */
export interface BatchContext {
  readonly config: RollupConfig
  /** Consecutive L1 blocks; the first is the epoch of the safe head, or the one after it. */
  readonly l1Blocks: readonly L1BlockRef[]
  readonly safeHead: L2BlockRef
  /** The L1 block in which the batch became complete; it decides whether Holocene's rules hold. */
  readonly inclusion: L1BlockRef
}

/** True when Holocene's batch rules hold: by the timestamp of the L1 block that completed the batch. */
export function isHolocene(context: BatchContext): boolean {
  return isForkActive(context.config.forks, 'holocene', context.inclusion.timestamp)
}
