import type { RollupConfig } from '../../node/config/rollup-config.ts'
import type { L2BlockRef } from '../../node/protocol/refs.ts'
import type { BatchableBlock } from './channel-out.ts'

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

/**
 * The block that makes a channel of these consecutive blocks vain once L1 is there, if any does. In the place of one whose
 * window has ended derivation puts a block without users: another block when it has users, and then nothing that follows
 * counts. One without users is that same block, unless its sequencer took the next L1 origin later than it might, and its
 * batch is passed over as a past one.
 * Source: derivation.md, "Batch Queue" and "Deriving Payload Attributes".
 */
export function missingItsWindow(
  config: Pick<RollupConfig, 'seqWindowSize'>,
  blocks: readonly BatchableBlock[],
  l1Head: bigint,
): L2BlockRef | undefined {
  const late = blocks.filter(({ ref }) => l1Head >= lastInclusion(config, ref))
  const replaced = late.find(({ transactions }) => transactions.length > 0)
  return (replaced ?? (late.length === blocks.length ? late.at(-1) : undefined))?.ref
}
