import { describe, expect, it } from 'vitest'
import { compressChannelSync } from '../../adapters/zlib/compress-channel.ts'
import { createSyncDecompressor } from '../../adapters/zlib/sync-decompressor.ts'
import { forksActiveFrom } from '../../config/forks.ts'
import { type Batch, encodeSingularBatch } from '../../protocol/batch.ts'
import { encodeChannelBatches } from '../../protocol/channel-compression.ts'
import { createBatchReader } from './batch-reader.ts'
import { testHash, testRollupConfig } from './testing/test-config.ts'

/** Fjord at 100, by the time of the L1 block that completes a channel. */
const config = { ...testRollupConfig(), forks: { ...forksActiveFrom('ecotone'), fjord: 100n } }
const origin = (timestamp: bigint) => ({
  hash: testHash('a1'),
  number: 1n,
  parentHash: testHash('a0'),
  timestamp,
})
/** A batch of a block with that time; `dataLength` bytes of transactions. */
const encoded = (timestamp: bigint, dataLength = 0) =>
  encodeSingularBatch({
    parentHash: testHash('b0'),
    epochNum: 1n,
    epochHash: testHash('a1'),
    timestamp,
    transactions: dataLength === 0 ? [] : [`0x02${'00'.repeat(dataLength)}`],
  })

async function read(channel: Uint8Array, l1Time: bigint) {
  const malformed: unknown[] = []
  const reader = createBatchReader({
    config,
    decompressor: createSyncDecompressor(),
    onMalformed: (error) => malformed.push(error),
  })
  reader.open([channel], origin(l1Time))
  const batches: Batch[] = []
  for (let batch = await reader.next(); batch !== undefined; batch = await reader.next())
    if (batch !== 'progress') batches.push(batch)
  return { times: batches.map((batch) => batch.kind === 'singular' && batch.timestamp), malformed }
}

describe('createBatchReader', () => {
  // fjord/derivation.md, "Timestamp Activation": by the L1 block, not by the time of the batch.
  it.each([
    ['brotli, last L1 block before Fjord', 'brotli', 99n, []],
    ['brotli, first L1 block of Fjord', 'brotli', 100n, [50n, 5000n]],
    ['zlib, last L1 block before Fjord', 'zlib', 99n, [50n, 5000n]],
    ['zlib, first L1 block of Fjord', 'zlib', 100n, [50n, 5000n]],
  ] as const)('%s', async (_, compression, l1Time, times) => {
    const channel = compressChannelSync(encodeChannelBatches([encoded(50n), encoded(5000n)]), compression)
    expect(await read(channel, l1Time)).toEqual({ times, malformed: [] })
  })

  // derivation.md, "Channel Format"; fjord/derivation.md, "Increasing MAX_RLP_BYTES_PER_CHANNEL".
  it('cuts a channel at ten million bytes before Fjord, and not from then on', async () => {
    const batches = [encoded(1n), encoded(2n, 9_999_000), encoded(3n, 2000)]
    const channel = compressChannelSync(encodeChannelBatches(batches), 'zlib')
    expect((await read(channel, 99n)).times).toEqual([1n, 2n])
    expect((await read(channel, 100n)).times).toEqual([1n, 2n, 3n])
  })

  it('ignores what follows a batch that cannot be decoded, and says so', async () => {
    const channel = compressChannelSync(
      encodeChannelBatches([encoded(1n), Uint8Array.of(7), encoded(3n)]),
      'zlib',
    )
    const { times, malformed } = await read(channel, 100n)
    expect(times).toEqual([1n])
    expect(malformed).toMatchObject([{ message: expect.stringContaining('found type 7') }])
  })
})
