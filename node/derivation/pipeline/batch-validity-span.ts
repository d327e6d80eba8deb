import type { Hash, Hex } from 'viem'
import { isForkActive } from '../../config/forks.ts'
import type { SpanBatch } from '../../protocol/batch.ts'
import { l2BlockRefFromPayload } from '../../protocol/block-ref.ts'
import type { L2BlockRef } from '../../protocol/refs.ts'
import {
  type BatchContext,
  type BatchValidity,
  drop,
  future,
  isHolocene,
  past,
  undecided,
} from './batch-validity.ts'
import { type L2Reads, safeBlock } from './l2-reads.ts'

/** The outcome of the prefix checks; `parent` is the L2 block that the span builds on. */
export type SpanPrefixValidity =
  | { readonly kind: 'accept'; readonly parent: L2BlockRef }
  | Exclude<BatchValidity, { readonly kind: 'accept' }>

/**
 * The checks of a span batch as a whole. From Holocene on they are all that is checked before its blocks are taken one
 * by one; before, they are the first part of `checkSpanBatch`.
 * Source: specs/protocol/delta/span-batches.md, "Batch Queue", in validation order; holocene/derivation.md, "Span
 * Batches".
 */
export function* checkSpanBatchPrefix(context: BatchContext, batch: SpanBatch): L2Reads<SpanPrefixValidity> {
  const { config, l1Blocks, safeHead, inclusion } = context
  const [epoch, nextEpoch] = l1Blocks
  const first = batch.blocks.at(0)
  const last = batch.blocks.at(-1)
  if (epoch === undefined || first === undefined || last === undefined) return undecided

  const origin = first.epochNum === epoch.number + 1n ? nextEpoch : epoch
  if (origin === undefined) return undecided
  if (!isForkActive(config.forks, 'delta', origin.timestamp)) return drop('SpanBatchPreDelta')

  const nextTimestamp = safeHead.timestamp + config.blockTime
  if (first.timestamp > nextTimestamp) return isHolocene(context) ? drop('FutureTimestampHolocene') : future
  if (last.timestamp < nextTimestamp)
    return isHolocene(context) ? past : drop('SpanBatchNoNewBlocksPreHolocene')

  let parent = safeHead
  if (first.timestamp < nextTimestamp) {
    if (first.timestamp > safeHead.timestamp) return drop('SpanBatchMisalignedTimestamp')
    const overlap = safeHead.timestamp - first.timestamp
    if (overlap % config.blockTime !== 0n) return drop('SpanBatchNotOverlappedExactly')
    const parentNumber = safeHead.number - overlap / config.blockTime - 1n
    // A span that would replace the genesis block has no parent in the safe chain.
    if (parentNumber < config.genesis.l2.number) return drop('SpanBatchNotOverlappedExactly')
    parent = l2BlockRefFromPayload(config, (yield* safeBlock(parentNumber)).payload)
  }
  if (!matchesCheck(batch.parentCheck, parent.hash)) return drop('ParentHashMismatch')

  // The window holds for the span as a whole: dropping only its oldest blocks would leave the rest without a parent.
  if (first.epochNum + config.seqWindowSize < inclusion.number) return drop('IncludedTooLate')
  if (first.epochNum > parent.l1Origin.number + 1n) return drop('EpochTooFarInFuture')
  // Older than what the safe head can build on: no L1 block that is still to come decides it. Before Holocene it would
  // hold up every batch after it for ever; from then on op-node passes over it, and so do we.
  if (last.epochNum < epoch.number && !isHolocene(context)) return drop('L1OriginBeforeSafeHead')
  const end = l1Blocks.find((block) => block.number === last.epochNum)
  if (end === undefined) return undecided
  if (!matchesCheck(batch.l1OriginCheck, end.hash)) return drop('EpochHashMismatch')
  if (first.epochNum < parent.l1Origin.number) return drop('EpochTooOld')
  return { kind: 'accept', parent }
}

/** A span batch names a block by the first 20 bytes of its hash. */
function matchesCheck(check: Hex, hash: Hash): boolean {
  return check.length === 42 && hash.startsWith(check)
}
