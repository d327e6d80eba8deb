import type { Decompressor } from '../ports/decompressor.ts'
import { openCompressed } from './channel-compression.ts'
import { StreamBuffer } from './stream-buffer.ts'

export interface ChannelReaderOptions {
  /** Decompressed bytes that are read; what a longer channel holds beyond them is ignored. */
  readonly maxRlpBytes: number
  /** Whether brotli is allowed (Fjord). */
  readonly brotli: boolean
  readonly decompressor: Decompressor
}

/** Why a channel has no further batch. All but `end` mean that the rest of its data was unusable. */
export type ChannelEnd = 'end' | 'unknown-compression' | 'cut' | 'corrupt' | 'limit' | 'not-a-batch'

/**
 * Yields each batch of a channel, whose compressed data may be in pieces, as bytes, type byte first; returns why there are
 * no more.
 *
 * Decompression is streamed, with no more read than the next batch needs. Data that is not terminated, cut off or
 * corrupt gives the batches before that point, and a channel beyond `maxRlpBytes` those within it
 * (specs/protocol/derivation.md, "Channel Format").
 */
export async function* readChannelBatches(
  data: readonly Uint8Array[],
  options: ChannelReaderOptions,
): AsyncGenerator<Uint8Array, ChannelEnd> {
  const channel = openCompressed(data, options.brotli)
  if (channel === undefined) return 'unknown-compression'
  const { decompressor, maxRlpBytes } = options
  const buffer = new StreamBuffer(decompressor.decompress(channel.compression, channel.data, maxRlpBytes))
  let left = maxRlpBytes
  try {
    for (;;) {
      const header = await readStringHeader(buffer, left)
      if (typeof header === 'string') return header
      left -= header.headerLength + header.length
      const batch = await buffer.take(header.length)
      if (batch === undefined) return buffer.failed ? 'corrupt' : 'cut'
      yield batch
    }
  } finally {
    await buffer.close()
  }
}

/** The header of the RLP string that holds the next batch; `left` is how many bytes it may have with its content. */
async function readStringHeader(
  buffer: StreamBuffer,
  left: number,
): Promise<ChannelEnd | { readonly headerLength: number; readonly length: number }> {
  const end = (): ChannelEnd => (buffer.failed ? 'corrupt' : 'cut')
  const prefix = await buffer.peek()
  if (prefix === undefined) return buffer.failed ? 'corrupt' : 'end'
  // A byte below 0x80 is a string of its own: no batch, but that is for the batch decoder to find out.
  if (prefix < 0x80) return left < 1 ? 'limit' : { headerLength: 0, length: 1 }
  if (prefix >= 0xc0) return 'not-a-batch'
  if (left < 1) return 'limit'
  const lengthBytes = Math.max(0, prefix - 0xb7)
  const header = await buffer.take(1 + lengthBytes)
  if (header === undefined) return end()
  let length = lengthBytes === 0 ? prefix - 0x80 : 0
  for (const byte of header.subarray(1)) length = length * 256 + byte
  if (lengthBytes > 0 && (length <= 55 || header[1] === 0)) return 'not-a-batch'
  return header.length + length > left ? 'limit' : { headerLength: header.length, length }
}
