import type { Hex } from 'viem'
import type { RollupConfig } from '../../node/config/rollup-config.ts'
import type { ChannelCompression } from '../../node/ports/decompressor.ts'
import { encodeSingularBatch, encodeSpanBatch } from '../../node/protocol/batch.ts'
import { concatBytes, hexToBytes, uintToBytes } from '../../node/protocol/bytes.ts'
import { encodeChannelBatches } from '../../node/protocol/channel-compression.ts'
import { type Frame, frameDataLengthMax, frameHeaderLength } from '../../node/protocol/frame.ts'
import { keccak256 } from '../../node/protocol/hash.ts'
import type { L2BlockRef } from '../../node/protocol/refs.ts'

/** What a batch says of an L2 block. */
export interface BatchableBlock {
  readonly ref: L2BlockRef
  /** EIP-2718 encodings without the deposits, which every node derives by itself. */
  readonly transactions: readonly Hex[]
}

export type BatchType = 'singular' | 'span'

/** Compresses the data of a channel: the same bytes for the same data. */
export type CompressChannel = (
  data: Uint8Array,
  compression: ChannelCompression,
) => Uint8Array | Promise<Uint8Array>

export interface ChannelFormat {
  readonly config: RollupConfig
  readonly batchType: BatchType
  readonly compression: ChannelCompression
  readonly compress: CompressChannel
  /** Bytes of one batcher payload: a version byte, a frame's header and its data. */
  readonly maxFrameBytes: number
}

const versionByteLength = 1
const frameNumberMax = 0xffff

/**
 * The frames of a channel that holds these consecutive blocks. The same input gives the same frames.
 * Source: specs/protocol/derivation.md, "Batch Submission Wire Format".
 * @throws Error when there is no block, or too many frames.
 */
export async function encodeChannel(
  id: Hex,
  blocks: readonly BatchableBlock[],
  format: ChannelFormat,
): Promise<Frame[]> {
  const batches = encodeBatches(blocks, format)
  const data = await format.compress(encodeChannelBatches(batches), format.compression)
  return splitIntoFrames(id, data, format.maxFrameBytes)
}

/** The batches of consecutive blocks, type byte first: one for all, or one for each. */
export function encodeBatches(
  blocks: readonly BatchableBlock[],
  { config, batchType }: Pick<ChannelFormat, 'config' | 'batchType'>,
): Uint8Array[] {
  return batchType === 'span' ? [spanBatch(blocks, config)] : blocks.map(singularBatch)
}

function singularBatch({ ref, transactions }: BatchableBlock): Uint8Array {
  const { parentHash, timestamp, l1Origin } = ref
  return encodeSingularBatch({
    parentHash,
    epochNum: l1Origin.number,
    epochHash: l1Origin.hash,
    timestamp,
    transactions,
  })
}

function spanBatch(blocks: readonly BatchableBlock[], config: RollupConfig): Uint8Array {
  const first = blocks[0]
  const last = blocks.at(-1)
  if (first === undefined || last === undefined)
    throw new Error('expected at least one block in a channel, found none')
  return encodeSpanBatch({
    chainId: config.l2ChainId,
    genesisTime: config.genesis.l2Time,
    parentHash: first.ref.parentHash,
    l1OriginHash: last.ref.l1Origin.hash,
    firstBlockOpensEpoch: first.ref.sequenceNumber === 0n,
    blocks: blocks.map(({ ref, transactions }) => ({
      epochNum: ref.l1Origin.number,
      timestamp: ref.timestamp,
      transactions,
    })),
  })
}

/**
 * Cuts a channel's data into frames that each fit a batcher payload of `maxFrameBytes`.
 * @throws Error when no data fits a frame, or the frames are more than a channel can number.
 */
export function splitIntoFrames(id: Hex, data: Uint8Array, maxFrameBytes: number): Frame[] {
  const length = Math.min(maxFrameBytes - versionByteLength - frameHeaderLength, frameDataLengthMax)
  if (length < 1)
    throw new Error(
      `expected a payload of more than ${versionByteLength + frameHeaderLength} bytes, found ${maxFrameBytes}`,
    )
  const count = Math.max(1, Math.ceil(data.length / length))
  if (count - 1 > frameNumberMax)
    throw new Error(`expected at most ${frameNumberMax + 1} frames in a channel, found ${count}`)
  return Array.from({ length: count }, (_, number) => ({
    channelId: id,
    number,
    data: data.subarray(number * length, (number + 1) * length),
    isLast: number === count - 1,
  }))
}

/**
 * An id that no other channel of this batcher has: the blocks decide it together with the number of the attempt, because
 * a channel that is sent again must not be mistaken for the first.
 */
export function channelId(blocks: readonly BatchableBlock[], attempt: number): Hex {
  const hashes = blocks.map(({ ref }) => hexToBytes(ref.hash))
  return keccak256(concatBytes([...hashes, uintToBytes(BigInt(attempt), 8)])).slice(0, 34) as Hex
}
