import { promisify } from 'node:util'
import { brotliCompress, constants, deflate } from 'node:zlib'
import { concatBytes } from './bytes.ts'
import { channelVersionBrotli } from './channel-decompress.ts'
import { rlpString } from './rlp-writer.ts'

export type ChannelCompression = 'zlib' | 'brotli'

/** op-batcher's default for brotli: higher ones cost much more time for little. */
const brotliQuality = 10

/** What a channel compresses: each batch (type byte first) as an RLP string, one after the other. */
export function encodeChannelBatches(batches: readonly Uint8Array[]): Uint8Array {
  return concatBytes(batches.map(rlpString))
}

/** The data of a channel. Brotli channels, allowed from Fjord on, start with a version byte. */
export async function compressChannel(
  data: Uint8Array,
  compression: ChannelCompression,
): Promise<Uint8Array> {
  if (compression === 'zlib') return promisify(deflate)(data, { level: constants.Z_BEST_COMPRESSION })
  const compressed = await promisify(brotliCompress)(data, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
      [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
    },
  })
  return concatBytes([Uint8Array.of(channelVersionBrotli), compressed])
}
