import { createHash } from 'node:crypto'
import { brotliCompressSync, deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { parseTransaction } from 'viem'
import { describe, expect, it } from 'vitest'
import { hasVectors, vector } from '../adapters/testing/vectors.ts'
import { compressChannelSync } from '../adapters/zlib/compress-channel.ts'
import { createDecompressor } from '../adapters/zlib/decompressor.ts'
import { createSyncDecompressor } from '../adapters/zlib/sync-decompressor.ts'
import { decodeBatch, encodeSpanBatch, type SpanBatch } from './batch.ts'
import { bytesEqual, bytesToHex, concatBytes, hexToBytes } from './bytes.ts'
import { encodeChannelBatches } from './channel-compression.ts'
import { readChannelBatches } from './channel-reader.ts'
import { parseBatcherPayload } from './frame.ts'

const decompressors = [
  { form: 'streamed', decompressor: createDecompressor() },
  { form: 'synchronous', decompressor: createSyncDecompressor() },
]
const options = { maxRlpBytes: 10_000_000, brotli: true }

/** Bytes that do not compress, so that a cut falls where it seems to. */
const noise = (length: number, seed = 1) => {
  const result = new Uint8Array(length)
  let state = seed
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    result[index] = state >>> 16
  }
  return result
}
const three = [noise(300, 1), noise(60_000, 2), noise(5000, 3)]
const plain = encodeChannelBatches(three)

describe.each(decompressors)('readChannelBatches, $form', ({ decompressor }) => {
  async function read(data: Uint8Array, changes: Partial<typeof options> = {}) {
    const reader = readChannelBatches([data], { ...options, decompressor, ...changes })
    const batches: Uint8Array[] = []
    for (;;) {
      const next = await reader.next()
      if (next.done === true) return { batches, end: next.value }
      batches.push(next.value)
    }
  }

  it('reads what is compressed', async () => {
    const batches = fc.array(fc.uint8Array({ minLength: 2, maxLength: 400 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(
        batches,
        fc.constantFrom('zlib' as const, 'brotli' as const),
        async (list, compression) => {
          const data = compressChannelSync(encodeChannelBatches(list), compression)
          expect(await read(data)).toEqual({ batches: list, end: 'end' })
        },
      ),
      { numRuns: 50 },
    )
  })

  it('reads batches larger than any buffer', async () => {
    const large = [noise(3_000_000), noise(10)]
    const { batches, end } = await read(deflateSync(encodeChannelBatches(large)))
    expect(batches.map((batch, index) => bytesEqual(batch, large[index]!))).toEqual([true, true])
    expect(end).toBe('end')
  })

  it('reads zlib data that a flush ends', async () => {
    const whole = deflateSync(plain, { level: 9 })
    expect((await read(whole.subarray(0, -4))).batches).toEqual(three) // no checksum
  })

  it('ignores data after the end of the zlib stream', async () => {
    const data = concatBytes([deflateSync(plain), noise(40_000)])
    expect((await read(data)).batches).toEqual(three)
  })

  it.each([
    ['brotli before Fjord', brotliWith(plain), { brotli: false }],
    ['an unknown version byte', Uint8Array.of(2, 1, 2, 3), {}],
    ['nothing', new Uint8Array(), {}],
  ])('does not read %s', async (_name, data, changes) => {
    expect(await read(data, changes)).toEqual({ batches: [], end: 'unknown-compression' })
  })

  it.each([
    ['zlib', deflateSync(plain, { level: 0 })],
    ['brotli', brotliWith(plain)],
  ])('keeps the batches before the point where %s data is cut off', async (_name, data) => {
    const { batches, end } = await read(data.subarray(0, Math.floor(data.length * 0.95)))
    expect(batches).toEqual(three.slice(0, 2))
    expect(end).toBe('cut')
  })

  it('keeps the batches before corrupt data', async () => {
    const first = deflateSync(plain, { finishFlush: 2 })
    const { batches, end } = await read(concatBytes([first, Uint8Array.of(0xff, 0xff, 0xff, 0xff)]))
    expect(batches).toEqual(three)
    expect(end).toBe('corrupt')
  })

  it('keeps all batches when only the checksum is wrong', async () => {
    const data = deflateSync(plain)
    data[data.length - 1]! ^= 1
    expect((await read(data)).batches).toEqual(three)
  })

  // derivation.md, "Channel Format": a longer channel counts as if it ended at the limit.
  const lengths = three.map((batch) => encodeChannelBatches([batch]).length)
  const [one, two] = [lengths[0]!, lengths[0]! + lengths[1]!]
  it.each([
    [two + lengths[2]!, 3, 'end'],
    [two + lengths[2]! - 1, 2, 'limit'],
    [two, 2, 'limit'],
    [two - 1, 1, 'limit'],
    [one, 1, 'limit'],
    [one - 1, 0, 'limit'],
    [0, 0, 'limit'],
  ])('with a limit of %i bytes reads %i batches', async (maxRlpBytes, count, end) => {
    expect(await read(deflateSync(plain), { maxRlpBytes })).toEqual({ batches: three.slice(0, count), end })
  })

  it.each([
    ['a list', Uint8Array.of(0xc2, 1, 2), 'not-a-batch'],
    ['a length that is not canonical', Uint8Array.of(0xb8, 5, 0, 0, 0, 0, 0), 'not-a-batch'],
    ['a length with a leading zero', Uint8Array.of(0xb9, 0, 60), 'not-a-batch'],
    ['a length beyond every limit', new Uint8Array(9).fill(0xff).with(0, 0xbf), 'limit'],
    ['a header that ends early', Uint8Array.of(0xb9, 1), 'cut'],
  ])('stops at %s', async (_name, tail, end) => {
    const data = deflateSync(concatBytes([encodeChannelBatches([three[0]!]), tail]))
    expect(await read(data)).toEqual({ batches: [three[0]], end })
  })

  it('reads no more of a zip bomb than a batch needs', async () => {
    const bomb = deflateSync(concatBytes([encodeChannelBatches([three[0]!]), new Uint8Array(50_000_000)]))
    const reader = readChannelBatches([bomb], { ...options, decompressor })
    expect((await reader.next()).value).toEqual(three[0])
    await reader.return('end')
  })

  it('survives any damage', async () => {
    const data = deflateSync(plain, { level: 6 })
    await fc.assert(
      fc.asyncProperty(fc.nat(data.length - 1), fc.integer({ min: 1, max: 255 }), async (index, flip) => {
        const { batches } = await read(new Uint8Array(data).with(index, data[index]! ^ flip))
        expect(batches.length).toBeLessThanOrEqual(60_000)
      }),
      { numRuns: 30 },
    )
  })

  describe.skipIf(!hasVectors)('vector', () => {
    it('of OP Mainnet: an unterminated channel with one span batch', async () => {
      const transaction = parseTransaction(
        bytesToHex(vector('batches/mainnet-batcher-tx.bin')) as `0x02${string}`,
      )
      const frames = parseBatcherPayload(hexToBytes(transaction.data!))
      expect(frames).toMatchObject([
        { channelId: '0xac329933f5efdcc35ccd284232a376d3', number: 0, isLast: true },
      ])
      const data = frames[0]!.data
      expect(data).toHaveLength(119_799)
      const inflated: Uint8Array[] = []
      for await (const chunk of decompressor.decompress('zlib', [data], 10_000_000)) inflated.push(chunk)
      const all = concatBytes(inflated)
      expect(all).toHaveLength(240_308)
      expect(sha256(all)).toBe('6c7cf636cdaa31bfeb4d25216f8bc937aafd89e86f56964ecd7a6ed5f7ff2150')

      const { batches, end } = await read(data, { brotli: false })
      expect(end).toBe('end')
      expect(batches).toHaveLength(1)
      const genesisTime = 1_686_068_903n
      const span = decodeBatch(batches[0]!, { chainId: 10n, genesisTime, blockTime: 2n }) as SpanBatch
      const blocks = [...span.blocks]
      const transactions = blocks.flatMap((block) => [...block.transactions])
      expect(span.parentCheck).toBe('0x4a78c6069d413ac5cd75401310076b7acbc10cea')
      expect(blocks).toHaveLength(27)
      expect(blocks[0]!.timestamp).toBe(genesisTime + 24_269_254n)
      expect(blocks.at(-1)!.epochNum).toBe(19_426_585n)
      expect(transactions).toHaveLength(209)
      expect(transactions.filter((one) => one.startsWith('0x02'))).toHaveLength(173)
      expect(sha256(concatBytes(transactions.map(hexToBytes)))).toBe(
        '8b3fb20d156c913e04e9984017486d9ae16149e4051ce6febf811de497e6c016',
      )

      const padding = '00'.repeat(12)
      const again = encodeSpanBatch({
        chainId: 10n,
        genesisTime,
        parentHash: `${span.parentCheck}${padding}`,
        l1OriginHash: `${span.l1OriginCheck}${padding}`,
        firstBlockOpensEpoch: false,
        blocks,
      })
      expect(again).toEqual(batches[0])
    })
  })
})

function brotliWith(data: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.of(1), brotliCompressSync(data)])
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
