import type { Hash, Hex } from 'viem'
import { bitListOf } from './bit-list.ts'
import { ByteReader, DecodeError } from './byte-reader.ts'
import { concatBytes, hexToBytes } from './bytes.ts'
import { RlpReader } from './rlp-reader.ts'
import { rlpList, rlpString, rlpUint } from './rlp-writer.ts'
import { readSingularTransactions } from './singular-batch-transactions.ts'
import { encodeRawSpanBatch } from './span-batch.ts'
import {
  type SpanBatchBlock,
  type SpanBatchBlocks,
  type SpanBatchParameters,
  spanBatchBlocks,
} from './span-batch-blocks.ts'
import { readSpanBatchColumns } from './span-batch-columns.ts'
import { splitSpanBatchTransaction } from './span-batch-transaction.ts'
import { runSteps, type Steps } from './steps.ts'
import type { TransactionList } from './transaction-list.ts'

/** The sequenced transactions of one L2 block. Source: specs/protocol/derivation.md, "Batch Format". */
export interface SingularBatch {
  readonly kind: 'singular'
  readonly parentHash: Hash
  readonly epochNum: bigint
  readonly epochHash: Hash
  /** Seconds. */
  readonly timestamp: bigint
  /** EIP-2718 encodings without deposits. */
  readonly transactions: TransactionList
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

/** What decoding a batch takes from the chain's configuration. */
export type BatchParameters = SpanBatchParameters

export const singularBatchType = 0
export const spanBatchType = 1

/**
 * Decodes a batch as a channel holds it, type byte first. Bytes after the batch are ignored, as the specification allows.
 * The batch keeps the bytes.
 * @throws DecodeError when the type is unknown or the content is malformed; the rest of the channel is then unusable.
 */
export function* decodeBatchInSteps(bytes: Uint8Array, parameters: BatchParameters): Steps<Batch> {
  const type = new ByteReader(bytes).uint8()
  if (type === singularBatchType) return yield* decodeSingularBatch(bytes)
  if (type === spanBatchType) return yield* decodeSpanBatch(bytes, parameters)
  throw new DecodeError(
    `expected a batch of type ${singularBatchType} or ${spanBatchType}, found type ${type}`,
  )
}

/** As {@link decodeBatchInSteps}, in one go. */
export function decodeBatch(bytes: Uint8Array, parameters: BatchParameters): Batch {
  return runSteps(decodeBatchInSteps(bytes, parameters))
}

function* decodeSingularBatch(bytes: Uint8Array): Steps<SingularBatch> {
  const fields = RlpReader.list(bytes, 1)
  const [parentHash, epochNum, epochHash, timestamp] = [
    fields.hash(),
    fields.uint64(),
    fields.hash(),
    fields.uint64(),
  ]
  const list = fields.listItem()
  fields.expectEnd()
  const transactions = yield* readSingularTransactions(bytes, list)
  return { kind: 'singular', parentHash, epochNum, epochHash, timestamp, transactions }
}

function* decodeSpanBatch(bytes: Uint8Array, parameters: BatchParameters): Steps<SpanBatch> {
  const columns = yield* readSpanBatchColumns(bytes, 1)
  const { parentCheck, l1OriginCheck } = columns
  return { kind: 'span', parentCheck, l1OriginCheck, blocks: spanBatchBlocks(columns, parameters) }
}

/** Type byte first. */
export function encodeSingularBatch(batch: Omit<SingularBatch, 'kind'>): Uint8Array {
  const content = rlpList([
    rlpString(hexToBytes(batch.parentHash)),
    rlpUint(batch.epochNum),
    rlpString(hexToBytes(batch.epochHash)),
    rlpUint(batch.timestamp),
    rlpList(Array.from(batch.transactions, (transaction) => rlpString(hexToBytes(transaction)))),
  ])
  return concatBytes([Uint8Array.of(singularBatchType), content])
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
      Array.from(block.transactions, (transaction) => splitSpanBatchTransaction(transaction, chainId)),
    ),
  })
  return concatBytes([Uint8Array.of(spanBatchType), raw])
}
