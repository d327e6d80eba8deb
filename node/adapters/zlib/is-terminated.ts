import { Readable } from 'node:stream'
import { createBrotliDecompress, createInflate } from 'node:zlib'
import type { ChannelCompression } from '../../ports/decompressor.ts'

/**
 * Whether compressed data comes to the end of its stream. Derivation does not ask: a batcher may end a channel with a
 * flush, and a channel that lost its last bytes looks the same.
 */
export async function isTerminated(
  compression: ChannelCompression,
  data: readonly Uint8Array[],
): Promise<boolean> {
  const stream = compression === 'zlib' ? createInflate() : createBrotliDecompress()
  try {
    for await (const _ of Readable.from(data).pipe(stream));
    return true
  } catch {
    return false
  }
}
