import type { Hex } from 'viem'
import { type BitList, bitListOf } from './bit-list.ts'
import { concatBytes, hexToBytes } from './bytes.ts'
import { readSpanBatchColumns, spanBlockPosition, spanTransactions } from './span-batch-columns.ts'
import { isLegacyData, type SpanBatchTransaction } from './span-batch-transaction.ts'
import { runSteps } from './steps.ts'
import { encodeUvarint } from './uvarint.ts'

/** A span batch as it is encoded. Source: specs/protocol/delta/span-batches.md, "Span batch format". */
export interface RawSpanBatch {
  /** Seconds from the L2 genesis to the first block. */
  readonly relTimestamp: bigint
  /** Number of the last block's L1 origin. */
  readonly l1OriginNum: bigint
  /** First 20 bytes of the hash of the first block's parent. */
  readonly parentCheck: Hex
  /** First 20 bytes of the hash of the last block's L1 origin. */
  readonly l1OriginCheck: Hex
  /** One per block: its L1 origin differs from that of the block before. */
  readonly originBits: BitList
  /** Transactions of each block. */
  readonly blockTxCounts: Uint32Array
  /** Those of all blocks, in order. */
  readonly transactions: readonly SpanBatchTransaction[]
}

/**
 * Decodes a whole span batch that follows its type byte. Bytes after it are ignored (derivation.md, "Batch Format").
 * @throws DecodeError when the batch is empty, too large, cut off or malformed.
 */
export function decodeRawSpanBatch(bytes: Uint8Array, offset = 0): RawSpanBatch {
  const columns = runSteps(readSpanBatchColumns(bytes, offset))
  const { relTimestamp, l1OriginNum, parentCheck, l1OriginCheck, originBits } = columns
  const blockTxCounts = Uint32Array.from(
    { length: columns.blockCount },
    (_, index) => spanBlockPosition(columns, index).transactionCount,
  )
  const transactions = [...spanTransactions(columns, 0, columns.transactionCount)]
  return { relTimestamp, l1OriginNum, parentCheck, l1OriginCheck, originBits, blockTxCounts, transactions }
}

/** The encoding without the type byte. */
export function encodeRawSpanBatch(batch: RawSpanBatch): Uint8Array {
  const { transactions } = batch
  const legacy = transactions.filter((transaction) => isLegacyData(transaction.data))
  return concatBytes([
    encodeUvarint(batch.relTimestamp),
    encodeUvarint(batch.l1OriginNum),
    hexToBytes(batch.parentCheck),
    hexToBytes(batch.l1OriginCheck),
    encodeUvarint(batch.blockTxCounts.length),
    batch.originBits.bytes,
    ...Array.from(batch.blockTxCounts, encodeUvarint),
    bitListOf(transactions.map(({ to }) => to === null)).bytes,
    bitListOf(transactions.map(({ yParity }) => yParity)).bytes,
    ...transactions.map(({ signature }) => signature),
    ...transactions.flatMap(({ to }) => (to === null ? [] : [hexToBytes(to)])),
    ...transactions.map(({ data }) => data),
    ...transactions.map(({ nonce }) => encodeUvarint(nonce)),
    ...transactions.map(({ gas }) => encodeUvarint(gas)),
    bitListOf(legacy.map(({ isProtected }) => isProtected)).bytes,
  ])
}
