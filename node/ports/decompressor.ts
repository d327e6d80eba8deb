export type ChannelCompression = 'zlib' | 'brotli'

/**
 * Decompresses channels. Live it may work beside the node; its synchronous form computes within the caller's turn, so
 * that it takes no time that the Clock does not know.
 */
export interface Decompressor {
  /**
   * The decompressed bytes, which may be in pieces. A few bytes that stand for gigabytes do no harm: what is made beyond
   * what is read, or beyond `lengthMax` bytes, is little, and all of it may end after those. Throws while it is read,
   * after everything that comes before the faulty byte, when the data is corrupt. Data that just stops is fine:
   * op-batcher ends a channel with a flush, not with the end of the zlib stream. What follows that end is not looked at.
   */
  decompress(
    compression: ChannelCompression,
    data: readonly Uint8Array[],
    lengthMax: number,
  ): AsyncIterable<Uint8Array>
}
