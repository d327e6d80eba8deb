import { promisify } from 'node:util'
import { brotliCompress, brotliCompressSync, constants, deflate, deflateSync } from 'node:zlib'
import type { ChannelCompression } from '../../ports/decompressor.ts'
import { markCompressed } from '../../protocol/channel-compression.ts'

const deflateOptions = { level: constants.Z_BEST_COMPRESSION }
const brotliOptions = (length: number, quality: number) => ({
  params: {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_SIZE_HINT]: length,
  },
})
/** op-batcher's default: higher ones cost much more time for little. */
const brotliQuality = 10

/** The data of a channel. */
export async function compressChannel(
  data: Uint8Array,
  compression: ChannelCompression,
): Promise<Uint8Array> {
  const compressed =
    compression === 'zlib'
      ? await promisify(deflate)(data, deflateOptions)
      : await promisify(brotliCompress)(data, brotliOptions(data.length, brotliQuality))
  return markCompressed(compressed, compression)
}

/** As {@link compressChannel}, the same bytes, within the caller's turn. @param quality of brotli, where others will do. */
export function compressChannelSync(
  data: Uint8Array,
  compression: ChannelCompression,
  quality = brotliQuality,
): Uint8Array {
  const compressed =
    compression === 'zlib'
      ? deflateSync(data, deflateOptions)
      : brotliCompressSync(data, brotliOptions(data.length, quality))
  return markCompressed(compressed, compression)
}
