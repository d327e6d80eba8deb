import type { RollupConfig } from '../../config/rollup-config.ts'
import type { SingularBatch, SpanBatch } from '../../protocol/batch.ts'
import { type L1BlockRef, type L2BlockRef, zeroHash } from '../../protocol/refs.ts'
import type { SpanBatchBlock, SpanBatchBlocks } from '../../protocol/span-batch-blocks.ts'

/** A span batch that is taken block by block. */
export interface SpanCursor {
  /** Starts at the first block after the safe head. */
  open(batch: SpanBatch, safeHead: L2BlockRef): void
  /**
   * The block on top of `safeHead` as a singular batch; undefined when there is none. A safe head that is not the
   * parent of the next block means that the block before was refused: the rest is dropped.
   */
  take(safeHead: L2BlockRef, l1Blocks: readonly L1BlockRef[]): SingularBatch | undefined
  clear(): void
  readonly isEmpty: boolean
}

/** Source: specs/protocol/holocene/derivation.md, "Span Batches". */
export function createSpanCursor(config: RollupConfig): SpanCursor {
  let blocks: SpanBatchBlocks = []
  let index = 0
  const clear = () => {
    blocks = []
    index = 0
  }
  return {
    open(batch, safeHead) {
      blocks = batch.blocks
      const ahead = safeHead.timestamp - (blocks.at(0)?.timestamp ?? 0n)
      // The blocks' times have no gaps, and a span may hold millions that are not worth looking at.
      index = ahead < 0n ? 0 : Number(ahead / config.blockTime) + 1
      if (index >= blocks.length) clear()
    },
    take(safeHead, l1Blocks) {
      const block = blocks.at(index)
      if (block === undefined) return undefined
      if (block.timestamp !== safeHead.timestamp + config.blockTime) {
        clear()
        return undefined
      }
      index += 1
      if (index === blocks.length) clear()
      return toSingularBatch(block, safeHead, l1Blocks)
    },
    clear,
    get isEmpty() {
      return index >= blocks.length
    },
  }
}

function toSingularBatch(
  block: SpanBatchBlock,
  safeHead: L2BlockRef,
  l1Blocks: readonly L1BlockRef[],
): SingularBatch {
  const first = l1Blocks[0]
  const origin = first === undefined ? undefined : l1Blocks[Number(block.epochNum - first.number)]
  return {
    kind: 'singular',
    // The span's parent check vouches for the first block, and each accepted block for the next.
    parentHash: safeHead.hash,
    epochNum: block.epochNum,
    // An origin outside the window has no hash here; the check of its number refuses the block.
    epochHash: origin?.hash ?? zeroHash,
    timestamp: block.timestamp,
    transactions: block.transactions,
  }
}
