import type { Hex } from 'viem'
import {
  type SpanBatchColumns,
  type SpanBlockPosition,
  spanBlockPosition,
  spanTransactions,
} from './span-batch-columns.ts'
import { joinCheckedTransaction } from './span-batch-transaction.ts'
import type { EncodedTransactionList, TransactionList } from './transaction-list.ts'

/** One block of a span batch. */
export interface SpanBatchBlock {
  /** Number of the block's L1 origin. */
  readonly epochNum: bigint
  /** Seconds. */
  readonly timestamp: bigint
  /** EIP-2718 encodings without deposits. */
  readonly transactions: TransactionList
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

/** What a span batch leaves out because every node of the chain knows it. Times are in seconds. */
export interface SpanBatchParameters {
  readonly chainId: bigint
  readonly genesisTime: bigint
  readonly blockTime: bigint
}

/** Blocks from their columns. 64-bit arithmetic wraps around, as in op-node, so that both see the same values. */
export function spanBatchBlocks(columns: SpanBatchColumns, parameters: SpanBatchParameters): SpanBatchBlocks {
  const { blockCount: length, l1OriginNum, originChanges } = columns
  const { chainId, genesisTime, blockTime } = parameters
  const at = (index: number): SpanBatchBlock | undefined => {
    const position = index < 0 ? index + length : index
    if (position < 0 || position >= length) return undefined
    const block = spanBlockPosition(columns, position)
    return {
      epochNum: BigInt.asUintN(64, l1OriginNum - BigInt(originChanges - block.originChanges)),
      timestamp: BigInt.asUintN(64, genesisTime + columns.relTimestamp + BigInt(position) * blockTime),
      transactions: blockTransactions(columns, block, chainId),
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

function blockTransactions(
  columns: SpanBatchColumns,
  block: SpanBlockPosition,
  chainId: bigint,
): TransactionList {
  const { firstTransaction, transactionCount, hasSetCode } = block
  if (transactionCount === 0) return []
  function* prefixes(bytesMax: number): Iterable<Hex> {
    const end = firstTransaction + transactionCount
    for (const transaction of spanTransactions(columns, firstTransaction, end))
      yield joinCheckedTransaction(transaction, chainId).slice(0, 2 + 2 * bytesMax) as Hex
  }
  const list: EncodedTransactionList = {
    length: transactionCount,
    // A span batch holds no type that a rule objects to but this one.
    heads: hasSetCode ? ['0x04'] : [],
    prefixes,
    [Symbol.iterator]: () => prefixes(Number.POSITIVE_INFINITY)[Symbol.iterator](),
  }
  return list
}
