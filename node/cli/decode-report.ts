import { sha256 } from '@noble/hashes/sha2'
import type { Hex } from 'viem'
import { createDecompressor } from '../adapters/zlib/decompressor.ts'
import { isTerminated } from '../adapters/zlib/is-terminated.ts'
import {
  type Batch,
  type BatchParameters,
  decodeBatch,
  encodeSingularBatch,
  type SpanBatch,
  spanBatchType,
} from '../protocol/batch.ts'
import { bytesEqual, bytesToHex, concatBytes, hexToBytes } from '../protocol/bytes.ts'
import { addFrame, type Channel, channelData, createChannel, isReady } from '../protocol/channel.ts'
import { openCompressed } from '../protocol/channel-compression.ts'
import { type ChannelEnd, readChannelBatches } from '../protocol/channel-reader.ts'
import { decodeDepositTransaction, encodeDepositTransaction } from '../protocol/deposit-transaction.ts'
import type { Frame } from '../protocol/frame.ts'
import { keccak256 } from '../protocol/hash.ts'
import { zeroL1BlockRef } from '../protocol/refs.ts'
import { decodeRawSpanBatch, encodeRawSpanBatch } from '../protocol/span-batch.ts'

/** How batches are read and how much of them is shown. */
export interface DecodeOptions extends BatchParameters {
  /** Decompressed bytes of a channel that are read. */
  readonly maxRlpBytes: number
  /** Show each block of a span batch, not only how many there are. */
  readonly listBlocks: boolean
  /** Of an upgrade bundle, which does not name its fork. */
  readonly fork?: string | undefined
  /** Of the system config around an upgrade. */
  readonly gasLimit: bigint
}

const decompressor = createDecompressor()

type Report = Record<string, unknown>

const transactionTypeNames: Readonly<Record<string, string>> = {
  '01': 'accessList',
  '02': 'dynamicFee',
  '04': 'setCode',
}

/** Frames as they came, then the channels that they make. */
export async function reportFrames(frames: readonly Frame[], options: DecodeOptions): Promise<Report> {
  const channels = new Map<Hex, Channel>()
  const listed = frames.map((frame) => {
    const channel = channels.get(frame.channelId) ?? createChannel(frame.channelId, zeroL1BlockRef)
    channels.set(frame.channelId, channel)
    const result = addFrame(channel, frame)
    return {
      channelId: frame.channelId,
      number: frame.number,
      bytes: frame.data.length,
      isLast: frame.isLast,
      ...(result.added ? {} : { refused: result.reason }),
    }
  })
  const reports: Report[] = []
  for (const channel of channels.values()) {
    const ready = isReady(channel)
    const content = ready ? await reportChannel(concatBytes(channelData(channel)), options) : {}
    reports.push({ id: channel.id, frames: channel.frames.size, complete: ready, ...content })
  }
  return { frames: listed, channels: reports }
}

/**
 * What a channel's data holds. A batch that cannot be read ends the list, as it does in derivation. `end` says why there
 * are no more; `unterminated` is a channel whose batches are whole and whose compressed stream has no end.
 */
export async function reportChannel(data: Uint8Array, options: DecodeOptions): Promise<Report> {
  const batches: Report[] = []
  const totals = { blocks: 0, transactions: 0, transactionBytes: 0 }
  const digest = sha256.create()
  const reader = readChannelBatches([data], {
    maxRlpBytes: options.maxRlpBytes,
    brotli: true,
    decompressor,
  })
  let end: ChannelEnd | 'malformed-batch' | 'unterminated' = 'malformed-batch'
  for (;;) {
    const next = await reader.next()
    if (next.done === true) {
      end = next.value
      break
    }
    try {
      const batch = decodeBatch(next.value, options)
      const encodesToSameBytes = bytesEqual(encodeAgain(batch, next.value), next.value)
      batches.push({ bytes: next.value.length, encodesToSameBytes, ...reportBatch(batch, options) })
      totals.blocks += batch.kind === 'span' ? batch.blocks.length : 1
      for (const transaction of transactionsOf(batch)) {
        const bytes = hexToBytes(transaction)
        digest.update(bytes)
        totals.transactions += 1
        totals.transactionBytes += bytes.length
      }
    } catch (error) {
      batches.push({
        bytes: next.value.length,
        error: error instanceof Error ? error.message : String(error),
      })
      await reader.return('malformed-batch' as never)
      break
    }
  }
  if (end === 'end' && !(await isWhole(data))) end = 'unterminated'
  return {
    compression: data[0] === 1 ? 'brotli' : 'zlib',
    compressedBytes: data.length,
    decompressed: await reportDecompressed(data, options.maxRlpBytes),
    end,
    ...totals,
    transactionsSha256: bytesToHex(digest.digest()),
    batches,
  }
}

async function isWhole(data: Uint8Array): Promise<boolean> {
  const channel = openCompressed([data], true)
  return channel !== undefined && (await isTerminated(channel.compression, channel.data))
}

async function reportDecompressed(data: Uint8Array, bytesMax: number): Promise<Report> {
  const digest = sha256.create()
  let bytes = 0
  const channel = openCompressed([data], true)
  try {
    const chunks = channel && decompressor.decompress(channel.compression, channel.data, bytesMax)
    for await (const chunk of chunks ?? []) {
      const part = chunk.subarray(0, bytesMax - bytes)
      digest.update(part)
      bytes += part.length
      if (bytes === bytesMax) break
    }
  } catch (error) {
    return {
      bytes,
      sha256: bytesToHex(digest.digest()),
      error: error instanceof Error ? error.message : String(error),
    }
  }
  return { bytes, sha256: bytesToHex(digest.digest()) }
}

/** A span batch without its type byte, and whether encoding it again gives the same bytes. */
export function reportSpanBatch(bytes: Uint8Array, options: DecodeOptions): Report {
  const raw = decodeRawSpanBatch(bytes)
  const batch = decodeBatch(concatBytes([Uint8Array.of(spanBatchType), bytes]), options)
  const transactions = concatBytes(transactionsOf(batch).map(hexToBytes))
  return {
    bytes: bytes.length,
    encodesToSameBytes: bytesEqual(encodeRawSpanBatch(raw), bytes),
    relTimestamp: raw.relTimestamp,
    l1OriginNum: raw.l1OriginNum,
    ...reportBatch(batch, options),
    transactionCounts: Array.from(raw.blockTxCounts),
    transactionBytes: transactions.length,
    transactionsSha256: bytesToHex(sha256(transactions)),
  }
}

/** A batch with its type byte, made anew from what was read. */
function encodeAgain(batch: Batch, bytes: Uint8Array): Uint8Array {
  if (batch.kind === 'singular')
    return encodeSingularBatch({ ...batch, transactions: [...batch.transactions] })
  return concatBytes([bytes.subarray(0, 1), encodeRawSpanBatch(decodeRawSpanBatch(bytes.subarray(1)))])
}

/** A deposit as it is in an L2 block: of a user, the L1 info, or an upgrade. */
export function reportDeposit(bytes: Uint8Array): Report {
  const encoded = bytesToHex(bytes)
  const deposit = decodeDepositTransaction(encoded)
  return {
    bytes: bytes.length,
    hash: keccak256(bytes),
    encodesToSameBytes: encodeDepositTransaction(deposit) === encoded,
    ...deposit,
  }
}

function reportBatch(batch: Batch, options: DecodeOptions): Report {
  const counts = {
    transactions: transactionsOf(batch).length,
    transactionTypes: countTypes(transactionsOf(batch)),
  }
  if (batch.kind === 'singular') {
    const { kind, parentHash, epochNum, epochHash, timestamp } = batch
    return { kind, parentHash, epochNum, epochHash, timestamp, ...counts }
  }
  const first = batch.blocks.at(0)!
  const last = batch.blocks.at(-1)!
  return {
    kind: batch.kind,
    parentCheck: batch.parentCheck,
    l1OriginCheck: batch.l1OriginCheck,
    relTimestamp: BigInt.asUintN(64, first.timestamp - options.genesisTime),
    firstTimestamp: first.timestamp,
    lastTimestamp: last.timestamp,
    firstEpochNum: first.epochNum,
    lastEpochNum: last.epochNum,
    blocks: batch.blocks.length,
    ...counts,
    ...(options.listBlocks ? { blockList: listBlocks(batch) } : {}),
  }
}

function listBlocks(batch: SpanBatch): Report[] {
  return Array.from(batch.blocks, ({ timestamp, epochNum, transactions }) => ({
    timestamp,
    epochNum,
    transactions: transactions.length,
  }))
}

function transactionsOf(batch: Batch): readonly Hex[] {
  return batch.kind === 'singular'
    ? [...batch.transactions]
    : [...batch.blocks].flatMap((block) => [...block.transactions])
}

function countTypes(transactions: readonly Hex[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const transaction of transactions) {
    const type = transaction.slice(2, 4)
    const name = transactionTypeNames[type] ?? (Number.parseInt(type, 16) >= 0xc0 ? 'legacy' : `0x${type}`)
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}
