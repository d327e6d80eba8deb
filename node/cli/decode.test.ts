import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, constants, deflateSync } from 'node:zlib'
import { keccak256 } from 'viem'
import { afterAll, describe, expect, it } from 'vitest'
import { hasVectors, vectorPath } from '../adapters/testing/vectors.ts'
import { compressChannelSync } from '../adapters/zlib/compress-channel.ts'
import { encodeSingularBatch } from '../protocol/batch.ts'
import { encodeBlob } from '../protocol/blob.ts'
import { bytesToHex } from '../protocol/bytes.ts'
import { encodeChannelBatches, markCompressed } from '../protocol/channel-compression.ts'
import { encodeDepositTransaction } from '../protocol/deposit-transaction.ts'
import { encodeBatcherPayload } from '../protocol/frame.ts'
import { decodeFiles } from './decode-inputs.ts'

const options = {
  chainId: 10n,
  genesisTime: 0n,
  blockTime: 2n,
  maxRlpBytes: 100_000_000,
  listBlocks: false,
  gasLimit: 60_000_000n,
}
const directory = mkdtempSync(join(tmpdir(), 'lockstep-decode-'))
afterAll(() => rmSync(directory, { recursive: true }))
const write = (name: string, content: Uint8Array | string) => {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}

const batch = encodeSingularBatch({
  parentHash: `0x${'11'.repeat(32)}`,
  epochNum: 7n,
  epochHash: `0x${'22'.repeat(32)}`,
  timestamp: 1002n,
  transactions: ['0x02c0'],
})
const channel = compressChannelSync(encodeChannelBatches([batch, Uint8Array.of(9, 9)]), 'brotli')
const id = `0x${'ab'.repeat(16)}` as const
const half = channel.length >> 1

/** As a batcher does that flushes and never closes its stream. */
function flushWithoutEnd(bytes: Uint8Array, compression: 'zlib' | 'brotli'): Uint8Array {
  return markCompressed(
    compression === 'zlib'
      ? deflateSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH })
      : brotliCompressSync(bytes, { finishFlush: constants.BROTLI_OPERATION_FLUSH }),
    compression,
  )
}

describe('decode', () => {
  it('reads a channel from a binary file or from hex, up to the batch that is malformed', async () => {
    for (const path of [write('channel.bin', channel), write('channel.hex', `${bytesToHex(channel)}\n`)])
      expect(await decodeFiles('channel', [path], options)).toMatchObject({
        compression: 'brotli',
        compressedBytes: channel.length,
        end: 'malformed-batch',
        blocks: 1,
        transactions: 1,
        batches: [
          {
            encodesToSameBytes: true,
            kind: 'singular',
            epochNum: 7n,
            timestamp: 1002n,
            transactionTypes: { dynamicFee: 1 },
          },
          { bytes: 2, error: expect.stringContaining('found type 9') },
        ],
      })
  })

  it('puts a channel together from several blobs', async () => {
    const blobs = [
      { channelId: id, number: 0, data: channel.subarray(0, half), isLast: false },
      { channelId: id, number: 1, data: channel.subarray(half), isLast: true },
    ].map((frame, index) => write(`blob-${index}`, encodeBlob(encodeBatcherPayload([frame]))))
    expect(await decodeFiles('blob', blobs, options)).toMatchObject({
      frames: [{ number: 0 }, { number: 1, isLast: true }],
      channels: [{ id, frames: 2, complete: true, blocks: 1 }],
    })
    expect(await decodeFiles('blob', blobs.slice(0, 1), options)).toMatchObject({
      channels: [{ complete: false }],
    })
  })

  it.each(['zlib', 'brotli'] as const)(
    'tells a %s channel that stops after a batch from one that ends',
    async (compression) => {
      const whole = compressChannelSync(encodeChannelBatches([batch, batch]), compression)
      const report = (bytes: Uint8Array) => decodeFiles('channel', [write('channel.bin', bytes)], options)
      expect(await report(whole)).toMatchObject({ end: 'end', blocks: 2 })
      const flushed = flushWithoutEnd(encodeChannelBatches([batch, batch]), compression)
      expect(await report(flushed)).toMatchObject({ end: 'unterminated', blocks: 2 })
      const cut = flushWithoutEnd(encodeChannelBatches([batch, batch]).subarray(0, -1), compression)
      expect(await report(cut)).toMatchObject({ end: 'cut', blocks: 1 })
    },
  )

  it('reads standard input, alone or among files', async () => {
    async function* stdin() {
      yield channel.subarray(0, half)
      yield channel.subarray(half)
    }
    const path = write('channel.bin', channel)
    expect(await decodeFiles('channel', ['-'], options, stdin())).toEqual(
      await decodeFiles('channel', [path], options),
    )
    await expect(decodeFiles('blob', ['-', '-'], options, stdin())).rejects.toThrow('found it more often')
    async function* empty() {}
    await expect(decodeFiles('channel', ['-'], options, empty())).rejects.toThrow(
      'cannot read standard input: expected bytes or hex, found nothing',
    )
  })

  it('shows a deposit', async () => {
    const deposit = {
      sourceHash: `0x${'33'.repeat(32)}`,
      from: `0x${'44'.repeat(20)}`,
      to: null,
      mint: 1n,
      value: 2n,
      gas: 3n,
      isSystemTransaction: false,
      data: '0x1234',
    } as const
    const encoded = encodeDepositTransaction(deposit)
    expect(await decodeFiles('deposit-tx', [write('deposit', encoded)], options)).toEqual({
      bytes: (encoded.length - 2) / 2,
      hash: keccak256(encoded),
      encodesToSameBytes: true,
      ...deposit,
    })
    await expect(decodeFiles('deposit-tx', [write('other', '02c0')], options)).rejects.toThrow('type 0x7e')
  })

  it('says what is wrong with its input', async () => {
    await expect(decodeFiles('channel', [join(directory, 'none')], options)).rejects.toThrow('ENOENT')
    await expect(decodeFiles('channel', [], options)).rejects.toThrow('expected a file')
    await expect(decodeFiles('channel', ['a', 'b'], options)).rejects.toThrow(
      'expected one channel file, found 2',
    )
    await expect(decodeFiles('blob', [write('short', 'ab')], options)).rejects.toThrow(
      '131072 bytes, found 1',
    )
  })

  describe.skipIf(!hasVectors)('vectors', () => {
    it('OP Mainnet batcher transaction', async () => {
      const file = vectorPath('batches/mainnet-batcher-tx.bin')
      expect(
        await decodeFiles('batcher-tx', [file], { ...options, genesisTime: 1_686_068_903n }),
      ).toMatchObject({
        transactions: [{ from: '0x6887246668a3b87F54DeB3b94Ba47a6f63F32985', version: 0 }],
        frames: [
          { channelId: '0xac329933f5efdcc35ccd284232a376d3', number: 0, bytes: 119_799, isLast: true },
        ],
        channels: [
          {
            complete: true,
            end: 'unterminated',
            decompressed: {
              bytes: 240_308,
              sha256: '0x6c7cf636cdaa31bfeb4d25216f8bc937aafd89e86f56964ecd7a6ed5f7ff2150',
            },
            blocks: 27,
            transactions: 209,
            transactionBytes: 241_512,
            transactionsSha256: '0x8b3fb20d156c913e04e9984017486d9ae16149e4051ce6febf811de497e6c016',
            batches: [
              {
                encodesToSameBytes: true,
                relTimestamp: 24_269_254n,
                lastEpochNum: 19_426_585n,
                parentCheck: '0x4a78c6069d413ac5cd75401310076b7acbc10cea',
                transactionTypes: { dynamicFee: 173, legacy: 36 },
              },
            ],
          },
        ],
      })
    })

    it.each([
      ...Array.from({ length: 6 }, (_, index) => `ecotone_tx_${index}.hex`),
      ...Array.from({ length: 8 }, (_, index) => `isthmus_tx_${index}.hex`),
    ])('upgrade transaction %s', async (name) => {
      const path = vectorPath(`upgrade-txs/${name}`)
      expect(await decodeFiles('deposit-tx', [path], options)).toMatchObject({
        encodesToSameBytes: true,
        hash: keccak256(`0x${readFileSync(path, 'utf8').trim()}`),
        mint: 0n,
        isSystemTransaction: false,
      })
    })

    it('fuzzed span batch', async () => {
      const file = vectorPath('batches/fuzz-span-batch.bin')
      expect(await decodeFiles('span-batch', [file], { ...options, listBlocks: true })).toMatchObject({
        encodesToSameBytes: true,
        relTimestamp: 1_639_845_645n,
        l1OriginNum: 16_988_980_031_808_077_784n,
        transactionCounts: [8, 15, 15, 1],
        blockList: [{ transactions: 8 }, { transactions: 15 }, { transactions: 15 }, { transactions: 1 }],
      })
    })
  })

  // ../shared/reference/karst.md, "Bundle file".
  it.skipIf(!hasVectors)('shows the upgrade bundle of Karst as every implementation encodes it', async () => {
    const path = vectorPath('upgrade-bundles/karst.json')
    const report = (await decodeFiles('upgrade-bundle', [path], { ...options, fork: 'karst' })) as {
      list: unknown[]
    }
    expect(report).toMatchObject({
      fork: 'karst',
      transactions: 31,
      gas: 55_370_657n,
      gasLimits: {
        systemConfig: 60_000_000n,
        activationBlock: 115_370_657n,
        nextBlock: { keepKarstUpgradeGasFalse: 60_000_000n, keepKarstUpgradeGasTrue: 115_370_657n },
      },
      bytes: 162_477,
      sha256: '0xaf70320abb67ffad9518b75df78467aa7e71a72e93d8b75a9d0b099187f869de',
      firstKeccak256: '0x7582a14ccf99987782cdf0a40ecb81fc7230cf18e4603354e225fc14fe4859d9',
      lastKeccak256: '0xd2e9eb2ba77098610e7dda134e70f741f7456f4ec49912d667860c40988dfd8e',
    })
    expect(report.list).toHaveLength(31)
    expect(report.list[0]).toEqual({
      intent: expect.any(String),
      from: expect.stringMatching(/^0x/),
      to: expect.toSatisfy((to: unknown) => to === null || /^0x[0-9a-f]{40}$/.test(String(to))),
      gas: expect.any(BigInt),
      keccak256: '0x7582a14ccf99987782cdf0a40ecb81fc7230cf18e4603354e225fc14fe4859d9',
    })
  })

  it.skipIf(!hasVectors)('adds gas for no fork before Karst', async () => {
    const path = vectorPath('upgrade-bundles/karst.json')
    const report = await decodeFiles('upgrade-bundle', [path], { ...options, fork: 'jovian' })
    expect(report).toMatchObject({
      gasLimits: { activationBlock: 60_000_000n, nextBlock: { keepKarstUpgradeGasTrue: 60_000_000n } },
    })
  })

  it.each([
    [undefined, 'ecotone, fjord, isthmus, jovian, karst), found none'],
    ['granite', 'expected --fork with a fork that has upgrade transactions'],
    ['lagoon', 'found lagoon'],
  ])('refuses an upgrade bundle for the fork %s', async (fork, message) => {
    const path = write('bundle.json', '{}')
    await expect(decodeFiles('upgrade-bundle', [path], { ...options, fork })).rejects.toThrow(message)
  })

  it('says what is wrong with an upgrade bundle', async () => {
    const path = write('bundle.json', '{"metadata":{"version":"2.0.0"},"transactions":[]}')
    await expect(decodeFiles('upgrade-bundle', [path], { ...options, fork: 'karst' })).rejects.toThrow(
      'expected metadata.version "1.0.0", found "2.0.0"',
    )
  })
})
