import type { RollupConfig } from '../../node/config/rollup-config.ts'
import type { L2BlockRef } from '../../node/protocol/refs.ts'

/**
 * The number of the last L1 block that may hold a batch that begins with a block of that origin.
 * Source: derivation.md, "Batch Queue": dropped when `epoch + seq_window_size < inclusion_block`, a span batch as a whole
 * by the origin of its first block (span-batches.md, "Batch Queue").
 */
export function lastInclusion(
  { seqWindowSize }: Pick<RollupConfig, 'seqWindowSize'>,
  { l1Origin }: Pick<L2BlockRef, 'l1Origin'>,
): bigint {
  return l1Origin.number + seqWindowSize
}
