import type { Hex } from 'viem'

/** One block of a span batch. */
export interface SpanBatchBlock {
  /** Number of the block's L1 origin. */
  readonly epochNum: bigint
  /** Seconds. */
  readonly timestamp: bigint
  /** EIP-2718 encodings without deposits. */
  readonly transactions: readonly Hex[]
}

/**
 * The blocks of a span batch, at least one. What an array also is, and no more: a few kilobytes of batcher data can
 * announce millions of empty blocks, so those of a decoded batch are made only when they are looked at.
 */
export interface SpanBatchBlocks extends Iterable<SpanBatchBlock> {
  readonly length: number
  /** As of an array: negative counts from the end, undefined is out of range. */
  at(index: number): SpanBatchBlock | undefined
}

export interface SpanBatchColumns {
  readonly firstEpochNum: bigint
  readonly firstTimestamp: bigint
  readonly blockTime: bigint
  /** By block: how many blocks up to and including it changed their L1 origin; 0 for the first. */
  readonly originChanges: Uint32Array
  /** By block: index of its first transaction. */
  readonly transactionStarts: Uint32Array
  readonly transactions: readonly Hex[]
}

/** Blocks from their columns. 64-bit arithmetic wraps around, as in op-node, so that both see the same values. */
export function spanBatchBlocks(columns: SpanBatchColumns): SpanBatchBlocks {
  const { originChanges, transactionStarts, transactions } = columns
  const length = originChanges.length
  const at = (index: number): SpanBatchBlock | undefined => {
    const position = index < 0 ? index + length : index
    const changes = originChanges[position]
    if (changes === undefined) return undefined
    return {
      epochNum: BigInt.asUintN(64, columns.firstEpochNum + BigInt(changes)),
      timestamp: BigInt.asUintN(64, columns.firstTimestamp + BigInt(position) * columns.blockTime),
      transactions: transactions.slice(transactionStarts[position], transactionStarts[position + 1]),
    }
  }
  return {
    length,
    at,
    *[Symbol.iterator]() {
      for (let index = 0; index < length; index++) yield at(index)!
    },
  }
}
