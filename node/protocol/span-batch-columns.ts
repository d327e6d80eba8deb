import type { Hex } from 'viem'
import { type BitList, bitAt, readBitList } from './bit-list.ts'
import { ByteReader, DecodeError } from './byte-reader.ts'
import { spanBatchElementsMax } from './limits.ts'
import { readRlpItem } from './rlp-reader.ts'
import {
  checkSpanBatchTransaction,
  isLegacyData,
  type SpanBatchTransaction,
  setCodeType,
} from './span-batch-transaction.ts'
import type { Steps } from './steps.ts'

/**
 * A span batch that was read to its end, with marks from which single blocks and transactions are found again. Nothing
 * of them is kept: beside its bytes a batch of ten million blocks needs a few megabytes.
 * Source: specs/protocol/delta/span-batches.md, "Span batch format".
 */
export interface SpanBatchColumns {
  readonly bytes: Uint8Array
  /** Seconds from the L2 genesis to the first block. */
  readonly relTimestamp: bigint
  /** Number of the last block's L1 origin. */
  readonly l1OriginNum: bigint
  /** First 20 bytes of the hash of the first block's parent. */
  readonly parentCheck: Hex
  /** First 20 bytes of the hash of the last block's L1 origin. */
  readonly l1OriginCheck: Hex
  readonly blockCount: number
  readonly transactionCount: number
  /** One per block: its L1 origin differs from that of the block before. */
  readonly originBits: BitList
  /** How many blocks have another L1 origin than the block before; the first does not count. */
  readonly originChanges: number
  /** One per transaction: it creates a contract. */
  readonly creations: BitList
  readonly parities: BitList
  /** One per legacy transaction: EIP-155. */
  readonly protections: BitList
  /** Where the signatures begin, 64 bytes each. */
  readonly signatures: number
  readonly blockMarks: readonly BlockMark[]
  readonly transactionMarks: readonly TransactionMark[]
  /** A bit per block, lowest first: it has a set-code transaction, which not every block may have. */
  readonly setCodeBlocks: Uint8Array
}

/** One of every {@link markDistance} blocks. */
interface BlockMark {
  /** Where its transaction count is. */
  readonly count: number
  /** Index of its first transaction. */
  readonly firstTransaction: number
  /** Blocks up to and including it that changed their L1 origin. */
  readonly originChanges: number
}

/** Where the fields of one of every {@link markDistance} transactions are. */
interface TransactionMark {
  readonly recipient: number
  readonly data: number
  nonce: number
  gas: number
  /** Legacy transactions before it. */
  readonly legacyIndex: number
}

/** Blocks, and transactions, from one mark to the next. */
export const markDistance = 64
const elementsPerStep = 16_384
const transactionsPerStep = 2048
const dataBytesPerStep = 1 << 20
/** Bytes of one transaction's `data`; op-node's bound on what it allocates for it. */
const transactionDataLengthMax = spanBatchElementsMax

/**
 * Reads a span batch that follows its type byte. Bytes after it are ignored (derivation.md, "Batch Format"). Every
 * transaction is checked, since one that is malformed makes the whole batch malformed.
 * @throws DecodeError when the batch is empty, too large, cut off or malformed.
 */
export function* readSpanBatchColumns(bytes: Uint8Array, offset = 0): Steps<SpanBatchColumns> {
  const reader = new ByteReader(bytes, offset)
  const prefix = {
    relTimestamp: reader.uvarint(),
    l1OriginNum: reader.uvarint(),
    parentCheck: reader.hex(20),
    l1OriginCheck: reader.hex(20),
  }
  const blockCount = reader.count(spanBatchElementsMax, 'blocks')
  if (blockCount === 0) throw new DecodeError('expected at least one block in the span batch, found none')
  const originBits = readBitList(reader, blockCount)
  const blocks = yield* readBlocks(reader, originBits)

  const { transactionCount, blockMarks } = blocks
  const creations = readBitList(reader, transactionCount)
  const parities = readBitList(reader, transactionCount)
  const signatures = reader.skip(64 * transactionCount)
  const fields = yield* readTransactionFields(reader, creations, blockMarks)
  const protections = readBitList(reader, fields.legacyCount)
  const { transactionMarks, setCodeBlocks } = fields
  return {
    ...prefix,
    ...blocks,
    bytes,
    blockCount,
    originBits,
    creations,
    parities,
    protections,
    signatures,
    transactionMarks,
    setCodeBlocks,
  }
}

function* readBlocks(
  reader: ByteReader,
  originBits: BitList,
): Steps<Pick<SpanBatchColumns, 'originChanges' | 'transactionCount'> & { blockMarks: BlockMark[] }> {
  const { length } = originBits
  // Each count is at least one byte: this bounds what is read by what was sent.
  if (reader.remaining < length)
    throw new DecodeError(`expected ${length} transaction counts, found ${reader.remaining} bytes`)
  const blockMarks: BlockMark[] = []
  let transactionCount = 0
  let originChanges = 0
  for (let index = 0; index < length; index++) {
    // The first bit compares with the parent, which the span does not hold.
    if (index > 0 && bitAt(originBits, index)) originChanges += 1
    if (index % markDistance === 0)
      blockMarks.push({ count: reader.offset, firstTransaction: transactionCount, originChanges })
    transactionCount += reader.count(spanBatchElementsMax, 'transactions in a block')
    if (index % elementsPerStep === elementsPerStep - 1) yield
  }
  if (transactionCount > spanBatchElementsMax)
    throw new DecodeError(`expected at most ${spanBatchElementsMax} transactions, found ${transactionCount}`)
  return { blockMarks, transactionCount, originChanges }
}

/** Recipients, data, nonces and gas limits: columns whose elements differ in length. */
function* readTransactionFields(
  reader: ByteReader,
  creations: BitList,
  blockMarks: readonly BlockMark[],
): Steps<{ transactionMarks: TransactionMark[]; legacyCount: number; setCodeBlocks: Uint8Array }> {
  const { length } = creations
  const recipients: number[] = []
  for (let index = 0; index < length; index++) {
    if (index % markDistance === 0) recipients.push(reader.offset)
    if (!bitAt(creations, index)) reader.skip(20)
    if (index % elementsPerStep === elementsPerStep - 1) yield
  }
  const transactionMarks: TransactionMark[] = []
  let legacyCount = 0
  let stepEnd = reader.offset + dataBytesPerStep
  const setCodeBlocks = new Uint8Array(Math.ceil((blockMarks.length * markDistance) / 8))
  for (let index = 0; index < length; index++) {
    if (index % markDistance === 0) {
      const recipient = recipients[transactionMarks.length]!
      transactionMarks.push({ recipient, data: reader.offset, nonce: 0, gas: 0, legacyIndex: legacyCount })
    }
    const data = readTransactionData(reader)
    yield* checkSpanBatchTransaction(data, bitAt(creations, index))
    if (isLegacyData(data)) legacyCount += 1
    if (data[0] === setCodeType) markBlock(setCodeBlocks, blockOf(reader.bytes, blockMarks, index))
    if (index % transactionsPerStep === transactionsPerStep - 1 || reader.offset > stepEnd) {
      stepEnd = reader.offset + dataBytesPerStep
      yield
    }
  }
  for (const field of ['nonce', 'gas'] as const)
    for (let index = 0; index < length; index++) {
      if (index % markDistance === 0) transactionMarks[index / markDistance]![field] = reader.offset
      reader.skipUvarint()
      if (index % elementsPerStep === elementsPerStep - 1) yield
    }
  return { transactionMarks, legacyCount, setCodeBlocks }
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

function markBlock(blocks: Uint8Array, index: number): void {
  blocks[index >> 3]! |= 1 << (index & 7)
}

/** Index of the block that holds a transaction. */
function blockOf(bytes: Uint8Array, marks: readonly BlockMark[], transaction: number): number {
  let low = 0
  let high = marks.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (marks[middle]!.firstTransaction <= transaction) low = middle
    else high = middle
  }
  const reader = new ByteReader(bytes, marks[low]!.count)
  let index = low * markDistance
  for (let end = marks[low]!.firstTransaction; ; index++) {
    end += reader.count(spanBatchElementsMax, 'transactions in a block')
    if (end > transaction) return index
  }
}

/** What the columns say of one block. */
export interface SpanBlockPosition {
  /** How many blocks up to and including it changed their L1 origin. */
  readonly originChanges: number
  readonly firstTransaction: number
  readonly transactionCount: number
  readonly hasSetCode: boolean
}

/** `index` must be that of a block. */
export function spanBlockPosition(columns: SpanBatchColumns, index: number): SpanBlockPosition {
  const { bytes, originBits, setCodeBlocks } = columns
  const mark = columns.blockMarks[Math.floor(index / markDistance)]!
  const reader = new ByteReader(bytes, mark.count)
  let { firstTransaction, originChanges } = mark
  for (let before = index - (index % markDistance); before < index; before++) {
    firstTransaction += reader.count(spanBatchElementsMax, 'transactions in a block')
    if (bitAt(originBits, before + 1)) originChanges += 1
  }
  return {
    originChanges,
    firstTransaction,
    transactionCount: reader.count(spanBatchElementsMax, 'transactions in a block'),
    hasSetCode: ((setCodeBlocks[index >> 3]! >> (index & 7)) & 1) === 1,
  }
}

/** Transactions `[start, end)`, one after the other. */
export function* spanTransactions(
  columns: SpanBatchColumns,
  start: number,
  end: number,
): Generator<SpanBatchTransaction, void> {
  const { bytes, creations, parities, protections, signatures } = columns
  const markIndex = Math.floor(start / markDistance)
  const mark = columns.transactionMarks[markIndex]
  if (mark === undefined || start >= end) return
  let { legacyIndex } = mark
  const recipients = new ByteReader(bytes, mark.recipient)
  const datas = new ByteReader(bytes, mark.data)
  const nonces = new ByteReader(bytes, mark.nonce)
  const gases = new ByteReader(bytes, mark.gas)
  for (let index = markIndex * markDistance; index < end; index++) {
    const data = readTransactionData(datas)
    const isProtected = isLegacyData(data) && bitAt(protections, legacyIndex++)
    if (index < start) {
      if (!bitAt(creations, index)) recipients.skip(20)
      nonces.skipUvarint()
      gases.skipUvarint()
      continue
    }
    const signature = signatures + 64 * index
    yield {
      to: bitAt(creations, index) ? null : recipients.hex(20),
      yParity: bitAt(parities, index),
      signature: bytes.subarray(signature, signature + 64),
      data,
      nonce: nonces.uvarint(),
      gas: gases.uvarint(),
      isProtected,
    }
  }
}
