import type { ChannelCompression } from '../ports/decompressor.ts'
import { concatBytes } from './bytes.ts'
import { rlpString } from './rlp-writer.ts'

/** First byte of a brotli channel. Source: specs/protocol/fjord/derivation.md, "Brotli Channel Compression". */
const channelVersionBrotli = 1

/** How a channel's data is compressed, and what is. */
export interface CompressedChannel {
  readonly compression: ChannelCompression
  /** In pieces. */
  readonly data: readonly Uint8Array[]
}

/** Undefined when the first byte names no allowed compression. */
export function openCompressed(
  data: readonly Uint8Array[],
  brotliAllowed: boolean,
): CompressedChannel | undefined {
  const index = data.findIndex((piece) => piece.length > 0)
  const first = data[index]?.[0]
  if (first === undefined) return undefined
  // The lower four bits of a zlib header are the method, 8, or the reserved 15 (RFC 1950).
  if ((first & 0x0f) === 8 || (first & 0x0f) === 15) return { compression: 'zlib', data }
  if (first === channelVersionBrotli && brotliAllowed)
    return { compression: 'brotli', data: data.with(index, data[index]!.subarray(1)) }
  return undefined
}

/** The data of a channel from what was compressed. Brotli channels, allowed from Fjord on, start with a version byte. */
export function markCompressed(compressed: Uint8Array, compression: ChannelCompression): Uint8Array {
  return compression === 'zlib' ? compressed : concatBytes([Uint8Array.of(channelVersionBrotli), compressed])
}

/** What a channel compresses: each batch (type byte first) as an RLP string, one after the other. */
export function encodeChannelBatches(batches: readonly Uint8Array[]): Uint8Array {
  return concatBytes(batches.map(rlpString))
}
