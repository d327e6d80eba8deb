import { Readable } from 'node:stream'
import { constants, createBrotliCompress, createDeflate } from 'node:zlib'
import type { Hash, Hex } from 'viem'
import { bytesToHex, concatBytes, hexToBytes } from '../../node/protocol/bytes.ts'
import { encodeFrame } from '../../node/protocol/frame.ts'
import { rlpString, rlpUint } from '../../node/protocol/rlp-writer.ts'
import { encodeUvarint } from '../../node/protocol/uvarint.ts'
import { splitIntoFrames } from '../batcher/channel-out.ts'

/** Bytes that are made while they are used: what stands for a hundred megabytes must not need them here. */
export type Parts = readonly (Uint8Array | { readonly times: number; readonly bytes: Uint8Array })[]

const partBytes = 64 * 1024

/** The same bytes many times. */
export const repeated = (times: number, ...bytes: readonly number[]) => ({
  times,
  bytes: Uint8Array.from(bytes),
})
export const zeros = (length: number) => repeated(length, 0)

const lengthOf = (parts: Parts): number =>
  parts.reduce((sum, part) => sum + ('times' in part ? part.times * part.bytes.length : part.length), 0)

function* chunks(parts: Parts): Generator<Uint8Array> {
  for (const part of parts) {
    if (!('times' in part)) {
      if (part.length > 0) yield part
      continue
    }
    const perChunk = Math.max(1, Math.floor(partBytes / part.bytes.length))
    const chunk = concatBytes(Array.from({ length: Math.min(perChunk, part.times) }, () => part.bytes))
    for (let left = part.times; left > 0; left -= perChunk)
      yield chunk.subarray(0, Math.min(left, perChunk) * part.bytes.length)
  }
}

/** The header of an RLP string or list, canonical. */
function rlpHeader(base: 0x80 | 0xc0, length: number): Uint8Array {
  if (length < 56) return Uint8Array.of(base + length)
  const digits = hexToBytes(
    `0x${length.toString(16).padStart(length.toString(16).length + (length.toString(16).length % 2), '0')}`,
  )
  return concatBytes([Uint8Array.of(base + 55 + digits.length), digits])
}

/** RLP of a string, or of a list whose items these are. */
const rlp = (base: 0x80 | 0xc0, content: Parts): Parts => [rlpHeader(base, lengthOf(content)), ...content]

/** A batch as a channel holds it. */
export const batchString = (batch: Parts): Parts => rlp(0x80, batch)
/** The header of a batch that does not come. */
export const announced = (length: number): Parts => [rlpHeader(0x80, length)]

/** The block that a batch claims to build on, and the L1 origin that it claims to have. */
export interface Claims {
  readonly parentHash: Hash
  readonly epochNum: bigint
  readonly epochHash: Hash
  readonly timestamp: bigint
}

/** A singular batch with these RLP items as its transactions. */
export function singularBatch(claims: Claims, transactions: Parts): Parts {
  const { parentHash, epochNum, epochHash, timestamp } = claims
  const fields = [
    rlpString(hexToBytes(parentHash)),
    rlpUint(epochNum),
    rlpString(hexToBytes(epochHash)),
    rlpUint(timestamp),
  ]
  return [Uint8Array.of(0), ...rlp(0xc0, [...fields, ...rlp(0xc0, transactions)])]
}

/** A transaction of that many zero bytes, as an RLP item. */
export const bigTransaction = (length: number): Parts => rlp(0x80, [Uint8Array.of(2), zeros(length - 1)])

/** A span batch up to its counts of blocks; the counts of transactions and their columns follow. */
export function spanBatch(claims: Claims, genesisTime: bigint, blockCount: number, rest: Parts): Parts {
  return [
    Uint8Array.of(1),
    encodeUvarint(claims.timestamp - genesisTime),
    encodeUvarint(claims.epochNum),
    hexToBytes(claims.parentHash.slice(0, 42) as Hex),
    hexToBytes(claims.epochHash.slice(0, 42) as Hex),
    encodeUvarint(blockCount),
    zeros(Math.ceil(blockCount / 8)),
    ...rest,
  ]
}

/** The columns of that many transactions without data to unknown recipients. */
export function transactionColumns(count: number): Parts {
  const bits = zeros(Math.ceil(count / 8))
  // Type 2: value, tip, fee cap, input, access list, all empty.
  const data = repeated(count, 0x02, 0xc5, 0x80, 0x80, 0x80, 0x80, 0xc0)
  return [bits, bits, zeros(64 * count), zeros(20 * count), data, zeros(count), zeros(count)]
}

/** The data of a channel with that content. */
export async function compressParts(parts: Parts, how: 'zlib' | 'brotli'): Promise<Uint8Array> {
  const compressor =
    how === 'zlib'
      ? createDeflate()
      : createBrotliCompress({
          params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 24 },
        })
  const compressed: Uint8Array[] = how === 'brotli' ? [Uint8Array.of(1)] : []
  for await (const chunk of Readable.from(chunks(parts)).pipe(compressor)) compressed.push(chunk)
  return concatBytes(compressed)
}

let channels = 0

/** An id that no other channel of this process has. */
export const nextChannelId = (): Hex => `0x${(++channels).toString(16).padStart(32, '0')}`

/** A batcher payload with all frames of a channel. */
export function channelPayload(data: Uint8Array): Uint8Array {
  const frames = splitIntoFrames(nextChannelId(), data, 1_000_000)
  return concatBytes([Uint8Array.of(0), ...frames.map(encodeFrame)])
}

/** A payload of frames without data, each of the channel and with the number that `of` gives. */
export function tinyFrames(
  count: number,
  of: (index: number) => { readonly channel: number; readonly number: number },
): Uint8Array {
  const frame = encodeFrame({
    channelId: bytesToHex(new Uint8Array(16)),
    number: 0,
    data: new Uint8Array(),
    isLast: false,
  })
  const payload = new Uint8Array(1 + count * frame.length)
  const view = new DataView(payload.buffer)
  for (let index = 0; index < count; index++) {
    const offset = 1 + index * frame.length
    const { channel, number } = of(index)
    view.setUint32(offset + 12, channel)
    view.setUint16(offset + 16, number)
  }
  return payload
}
