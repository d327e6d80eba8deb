import type { Address, Hex } from 'viem'
import { type BitList, bitAt, bitListOf, readBitList } from './bit-list.ts'
import { ByteReader, DecodeError } from './byte-reader.ts'
import { concatBytes, hexToBytes } from './bytes.ts'
import { spanBatchElementsMax } from './limits.ts'
import { readRlpItem } from './rlp-reader.ts'
import { isLegacyData, type SpanBatchTransaction } from './span-batch-transaction.ts'
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

/** Bytes of one transaction's `data`; op-node's bound on what it allocates for it. */
const transactionDataLengthMax = spanBatchElementsMax

/**
 * Decodes a span batch that follows its type byte. Bytes after it are ignored (derivation.md, "Batch Format").
 * The shape of each transaction is looked at only when it is joined.
 * @throws DecodeError when the batch is empty, too large, cut off or malformed.
 */
export function decodeRawSpanBatch(bytes: Uint8Array, offset = 0): RawSpanBatch {
  const reader = new ByteReader(bytes, offset)
  const relTimestamp = reader.uvarint()
  const l1OriginNum = reader.uvarint()
  const parentCheck = reader.hex(20)
  const l1OriginCheck = reader.hex(20)
  const blockCount = reader.count(spanBatchElementsMax, 'blocks')
  if (blockCount === 0) throw new DecodeError('expected at least one block in the span batch, found none')
  const originBits = readBitList(reader, blockCount)
  // Each count is at least one byte: this bounds what is allocated by what was sent.
  if (reader.remaining < blockCount)
    throw new DecodeError(`expected ${blockCount} transaction counts, found ${reader.remaining} bytes`)
  const blockTxCounts = new Uint32Array(blockCount)
  let total = 0
  for (let index = 0; index < blockCount; index++) {
    const count = reader.count(spanBatchElementsMax, 'transactions in a block')
    blockTxCounts[index] = count
    total += count
  }
  if (total > spanBatchElementsMax)
    throw new DecodeError(`expected at most ${spanBatchElementsMax} transactions, found ${total}`)
  const transactions = readTransactions(reader, total)
  return { relTimestamp, l1OriginNum, parentCheck, l1OriginCheck, originBits, blockTxCounts, transactions }
}

/** The fields of all transactions, one column after the other. */
function readTransactions(reader: ByteReader, count: number): SpanBatchTransaction[] {
  const creations = readBitList(reader, count)
  const parities = readBitList(reader, count)
  const signatures = column(count, () => reader.take(64))
  const recipients = column(count, (index): Address | null =>
    bitAt(creations, index) ? null : reader.hex(20),
  )
  const datas = column(count, () => readTransactionData(reader))
  const nonces = column(count, () => reader.uvarint())
  const gases = column(count, () => reader.uvarint())
  const protections = readBitList(reader, datas.filter(isLegacyData).length)
  let legacyIndex = 0
  return datas.map((data, index) => ({
    to: recipients[index]!,
    yParity: bitAt(parities, index),
    signature: signatures[index]!,
    data,
    nonce: nonces[index]!,
    gas: gases[index]!,
    isProtected: isLegacyData(data) && bitAt(protections, legacyIndex++),
  }))
}

/** Grows with what is read instead of trusting the count. */
function column<T>(count: number, read: (index: number) => T): T[] {
  const values: T[] = []
  for (let index = 0; index < count; index++) values.push(read(index))
  return values
}

function readTransactionData(reader: ByteReader): Uint8Array {
  const start = reader.offset
  const typed = reader.peek() < 0x80
  const item = readRlpItem(reader.bytes, typed ? start + 1 : start)
  if (!item.isList) throw new DecodeError(`expected an RLP list of transaction fields at offset ${start}`)
  if (item.end - start > transactionDataLengthMax)
    throw new DecodeError(
      `expected at most ${transactionDataLengthMax} bytes of transaction data at offset ${start}`,
    )
  return reader.take(item.end - start)
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
