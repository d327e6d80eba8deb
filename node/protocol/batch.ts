import type { Hash, Hex } from 'viem'
import { bitAt, bitListOf } from './bit-list.ts'
import { ByteReader, DecodeError } from './byte-reader.ts'
import { concatBytes, hexToBytes } from './bytes.ts'
import { RlpReader } from './rlp-reader.ts'
import { rlpList, rlpString, rlpUint } from './rlp-writer.ts'
import { decodeRawSpanBatch, encodeRawSpanBatch, type RawSpanBatch } from './span-batch.ts'
import { type SpanBatchBlock, type SpanBatchBlocks, spanBatchBlocks } from './span-batch-blocks.ts'
import { joinSpanBatchTransaction, splitSpanBatchTransaction } from './span-batch-transaction.ts'

/** The sequenced transactions of one L2 block. Source: specs/protocol/derivation.md, "Batch Format". */
export interface SingularBatch {
  readonly kind: 'singular'
  readonly parentHash: Hash
  readonly epochNum: bigint
  readonly epochHash: Hash
  /** Seconds. */
  readonly timestamp: bigint
  /** EIP-2718 encodings without deposits. */
  readonly transactions: readonly Hex[]
}

/** The sequenced transactions of consecutive L2 blocks. Source: specs/protocol/delta/span-batches.md. */
export interface SpanBatch {
  readonly kind: 'span'
  /** First 20 bytes of the hash of the first block's parent. */
  readonly parentCheck: Hex
  /** First 20 bytes of the hash of the last block's L1 origin. */
  readonly l1OriginCheck: Hex
  readonly blocks: SpanBatchBlocks
}

export type Batch = SingularBatch | SpanBatch

/** What a batch leaves out because every node of the chain knows it. Times are in seconds. */
export interface BatchParameters {
  readonly chainId: bigint
  readonly genesisTime: bigint
  readonly blockTime: bigint
}

export const singularBatchType = 0
export const spanBatchType = 1

/**
 * Decodes a batch as a channel holds it, type byte first. Bytes after the batch are ignored, as the specification allows.
 * @throws DecodeError when the type is unknown or the content is malformed; the rest of the channel is then unusable.
 */
export function decodeBatch(bytes: Uint8Array, parameters: BatchParameters): Batch {
  const type = new ByteReader(bytes).uint8()
  if (type === singularBatchType) return decodeSingularBatch(bytes)
  if (type === spanBatchType) return expandSpanBatch(decodeRawSpanBatch(bytes, 1), parameters)
  throw new DecodeError(
    `expected a batch of type ${singularBatchType} or ${spanBatchType}, found type ${type}`,
  )
}

function decodeSingularBatch(bytes: Uint8Array): SingularBatch {
  const fields = RlpReader.list(bytes, 1)
  const [parentHash, epochNum, epochHash, timestamp] = [
    fields.hash(),
    fields.uint64(),
    fields.hash(),
    fields.uint64(),
  ]
  const list = fields.list()
  const transactions: Hex[] = []
  while (!list.done) transactions.push(list.hex())
  fields.expectEnd()
  return { kind: 'singular', parentHash, epochNum, epochHash, timestamp, transactions }
}

/** Type byte first. */
export function encodeSingularBatch(batch: Omit<SingularBatch, 'kind'>): Uint8Array {
  const content = rlpList([
    rlpString(hexToBytes(batch.parentHash)),
    rlpUint(batch.epochNum),
    rlpString(hexToBytes(batch.epochHash)),
    rlpUint(batch.timestamp),
    rlpList(batch.transactions.map((transaction) => rlpString(hexToBytes(transaction)))),
  ])
  return concatBytes([Uint8Array.of(singularBatchType), content])
}

/**
 * Blocks, times, origins and transactions of a span batch. Every transaction is read, since one that is malformed makes
 * the whole batch malformed.
 * @throws DecodeError when a transaction is malformed.
 */
export function expandSpanBatch(raw: RawSpanBatch, parameters: BatchParameters): SpanBatch {
  const { chainId, genesisTime, blockTime } = parameters
  const count = raw.blockTxCounts.length
  const originChanges = new Uint32Array(count)
  const transactionStarts = new Uint32Array(count)
  let changes = 0
  let start = 0
  for (let index = 0; index < count; index++) {
    // The first bit compares with the parent, which the span does not hold.
    if (index > 0 && bitAt(raw.originBits, index)) changes += 1
    originChanges[index] = changes
    transactionStarts[index] = start
    start += raw.blockTxCounts[index]!
  }
  const blocks = spanBatchBlocks({
    firstEpochNum: raw.l1OriginNum - BigInt(changes),
    firstTimestamp: genesisTime + raw.relTimestamp,
    blockTime,
    originChanges,
    transactionStarts,
    transactions: raw.transactions.map((transaction) => joinSpanBatchTransaction(transaction, chainId)),
  })
  return { kind: 'span', parentCheck: raw.parentCheck, l1OriginCheck: raw.l1OriginCheck, blocks }
}

/** Consecutive L2 blocks for a span batch. */
export interface SpanBatchInput {
  readonly chainId: bigint
  /** Seconds. */
  readonly genesisTime: bigint
  /** Hash of the first block's parent. */
  readonly parentHash: Hash
  /** Hash of the last block's L1 origin. */
  readonly l1OriginHash: Hash
  /** True when the first block is the first of its epoch. */
  readonly firstBlockOpensEpoch: boolean
  /** At least one. */
  readonly blocks: readonly SpanBatchBlock[]
}

/**
 * Type byte first.
 * @throws DecodeError when a transaction cannot be in a span batch of that chain.
 */
export function encodeSpanBatch(input: SpanBatchInput): Uint8Array {
  const { blocks, chainId } = input
  const first = blocks[0]
  const last = blocks.at(-1)
  if (first === undefined || last === undefined)
    throw new DecodeError('expected at least one block for a span batch, found none')
  const originBits = blocks.map((block, index) =>
    index === 0 ? input.firstBlockOpensEpoch : block.epochNum !== blocks[index - 1]!.epochNum,
  )
  const raw = encodeRawSpanBatch({
    relTimestamp: first.timestamp - input.genesisTime,
    l1OriginNum: last.epochNum,
    parentCheck: input.parentHash.slice(0, 42) as Hex,
    l1OriginCheck: input.l1OriginHash.slice(0, 42) as Hex,
    originBits: bitListOf(originBits),
    blockTxCounts: Uint32Array.from(blocks, (block) => block.transactions.length),
    transactions: blocks.flatMap((block) =>
      block.transactions.map((transaction) => splitSpanBatchTransaction(transaction, chainId)),
    ),
  })
  return concatBytes([Uint8Array.of(spanBatchType), raw])
}
