import { brotliDecompressSync, constants, inflateSync } from 'node:zlib'
import type { ChannelCompression, Decompressor } from '../../ports/decompressor.ts'
import { concatBytes } from '../../protocol/bytes.ts'

/**
 * The most that one more byte of input can decompress to, so that input cut by bytes still gives all that is wanted. In
 * zlib eight matches of one bit and 258 bytes each; in brotli a meta-block of 2^24 bytes whose codes take no bits.
 */
const bytesPerInputByteMax = { zlib: 64 * 1024, brotli: 2 ** 24 + 64 * 1024 } as const

const decompressors = {
  zlib: (data: Uint8Array, maxOutputLength: number) =>
    inflateSync(data, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength }),
  brotli: (data: Uint8Array, maxOutputLength: number) =>
    brotliDecompressSync(data, { finishFlush: constants.BROTLI_OPERATION_FLUSH, maxOutputLength }),
} as const

/** The Decompressor port in its synchronous form. Hostile data costs it some twenty times what good data does. */
export function createSyncDecompressor(): Decompressor {
  return { decompress }
}

async function* decompress(
  compression: ChannelCompression,
  data: readonly Uint8Array[],
  lengthMax: number,
): AsyncGenerator<Uint8Array, void> {
  const whole = concatBytes(data)
  const outputMax = lengthMax + bytesPerInputByteMax[compression]
  const attempt = (length: number): Uint8Array | Error => {
    try {
      // An empty input is no error, whatever the library says about it.
      return length === 0
        ? new Uint8Array()
        : decompressors[compression](whole.subarray(0, length), outputMax)
    } catch (error) {
      if (error instanceof Error) return error
      throw error
    }
  }
  let result = attempt(whole.length)
  if (result instanceof Error) {
    // The library gives nothing of what it cannot finish: find the longest beginning that it can.
    const failure = result
    let good = 0
    let bad = whole.length
    result = new Uint8Array()
    while (bad - good > 1) {
      const middle = Math.floor((good + bad) / 2)
      const found = attempt(middle)
      if (found instanceof Error) bad = middle
      else {
        good = middle
        result = found
      }
    }
    if (result.length > 0) yield result
    if (result.length < lengthMax) throw failure
    return
  }
  if (result.length > 0) yield result
}
