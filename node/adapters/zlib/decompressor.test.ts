import { brotliCompressSync, deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChannelCompression, Decompressor } from '../../ports/decompressor.ts'
import { concatBytes } from '../../protocol/bytes.ts'
import { compressChannel, compressChannelSync } from './compress-channel.ts'
import { createDecompressor } from './decompressor.ts'
import { createSyncDecompressor } from './sync-decompressor.ts'

const streamed = createDecompressor()
const synchronous = createSyncDecompressor()
const both = [
  { form: 'streamed', decompressor: streamed },
  { form: 'synchronous', decompressor: synchronous },
]

/** Everything up to `lengthMax` bytes, and whether it ended well. */
async function drain(
  decompressor: Decompressor,
  compression: ChannelCompression,
  data: readonly Uint8Array[],
  lengthMax = 1_000_000,
) {
  const chunks: Uint8Array[] = []
  let length = 0
  let failed = false
  try {
    for await (const chunk of decompressor.decompress(compression, data, lengthMax)) {
      chunks.push(chunk)
      length += chunk.length
      if (length >= lengthMax) break
    }
  } catch {
    failed = true
  }
  return { bytes: Buffer.from(concatBytes(chunks).subarray(0, lengthMax)), failed }
}

const text = (length: number) =>
  Uint8Array.from({ length }, (_, index) => (index * index + (index >> 7) * 31) & 0xff)

describe.each(both)('the decompressor, $form', ({ decompressor }) => {
  it.each(['zlib', 'brotli'] as const)('gives back what %s compressed, from pieces', async (compression) => {
    const plain = text(200_000)
    const data = compression === 'zlib' ? deflateSync(plain) : new Uint8Array(brotliCompressSync(plain))
    const pieces = [data.subarray(0, 1), new Uint8Array(), data.subarray(1, 999), data.subarray(999)]
    expect(await drain(decompressor, compression, pieces)).toEqual({
      bytes: Buffer.from(plain),
      failed: false,
    })
  })

  it('gives nothing of nothing', async () => {
    expect(await drain(decompressor, 'zlib', [])).toEqual({ bytes: Buffer.alloc(0), failed: false })
  })

  it.each(['zlib', 'brotli'] as const)('gives the first bytes of a bomb in %s', async (compression) => {
    const plain = new Uint8Array(80_000_000)
    const data = compression === 'zlib' ? deflateSync(plain) : new Uint8Array(brotliCompressSync(plain))
    const { bytes, failed } = await drain(decompressor, compression, [data], 100_000)
    expect([bytes.length, failed]).toEqual([100_000, false])
  })

  it('loses nothing before the byte where data turns corrupt', async () => {
    // Stored blocks: the output of a prefix is the prefix itself.
    const content = text(300_000)
    const data = deflateSync(content, { level: 0, finishFlush: 2 })
    const corrupt = concatBytes([data.subarray(0, data.length - 5), Uint8Array.of(0x07)])
    const { bytes, failed } = await drain(decompressor, 'zlib', [corrupt])
    expect(bytes.equals(content)).toBe(true)
    expect(failed).toBe(true)
  })
})

describe('both forms of the decompressor', () => {
  it.each(['zlib', 'brotli'] as const)('give the same of damaged and cut %s', async (compression) => {
    const plain = text(3_000)
    const data = compression === 'zlib' ? deflateSync(plain) : new Uint8Array(brotliCompressSync(plain))
    await fc.assert(
      fc.asyncProperty(
        fc.nat(data.length - 1),
        fc.nat(255),
        fc.nat(data.length),
        fc.integer({ min: 1, max: 5_000 }),
        async (at, flip, end, lengthMax) => {
          const damaged = new Uint8Array(data).with(at, data[at]! ^ flip).subarray(0, end)
          const given = await drain(synchronous, compression, [damaged], lengthMax)
          expect(given).toEqual(await drain(streamed, compression, [damaged], lengthMax))
        },
      ),
      { numRuns: 200 },
    )
  })

  it.each(['zlib', 'brotli'] as const)(
    'read what both forms compress to %s: the same bytes',
    async (compression) => {
      expect(compressChannelSync(text(50_000), compression)).toEqual(
        await compressChannel(text(50_000), compression),
      )
    },
  )
})
