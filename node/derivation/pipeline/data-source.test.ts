import type { Hash } from 'viem'
import { describe, expect, it } from 'vitest'
import type { L1Transaction } from '../../ports/l1-source.ts'
import { createFakeBeacon } from '../../ports/testing/fake-beacon.ts'
import { createFakeL1 } from '../../ports/testing/fake-l1.ts'
import { encodeBlob } from '../../protocol/blob.ts'
import { bytesToHex } from '../../protocol/bytes.ts'
import { BlobsGoneError, createDataSource } from './data-source.ts'
import { testBatcher, testHash, testInbox, testRollupConfig } from './testing/test-config.ts'

const { signal } = new AbortController()

/** L1 blocks come every two seconds from time 1000; Ecotone begins at 1004, which is block 2. */
function setUp(options: { readonly withoutBeacon?: boolean } = {}) {
  const l1 = createFakeL1({ genesisTime: 1000n })
  const beacon = createFakeBeacon()
  const malformed: string[] = []
  const base = testRollupConfig('jovian')
  const source = createDataSource({
    config: { ...base, forks: { ...base.forks, ecotone: 1004n } },
    l1,
    beacon: options.withoutBeacon === true ? null : beacon,
    onMalformed: (error) => malformed.push(error.message),
  })
  l1.mine(4)
  const blocks = [0n, 1n, 2n].map((number) => l1.at(number))
  /** Of the first chain, also when L1 has left it. */
  const read = (transactions: readonly L1Transaction[], number = 2) =>
    source.payloads(blocks[number]!, transactions, testBatcher, signal)
  return { l1, beacon, malformed, read }
}

const calldata = (...bytes: number[]): L1Transaction => ({
  hash: testHash('01'),
  type: 2,
  from: testBatcher,
  to: testInbox,
  input: bytesToHex(Uint8Array.from(bytes)),
})
const inBlobs = (...hashes: Hash[]): L1Transaction => ({
  ...calldata(0xcd),
  type: 3,
  blobVersionedHashes: hashes,
})
const encoded = (...bytes: number[]) => encodeBlob(Uint8Array.from(bytes))
const texts = (payloads: readonly Uint8Array[]) => payloads.map((payload) => bytesToHex(payload))

describe('data source', () => {
  it('gives payloads of calldata and blobs in the order of the block, fetching once', async () => {
    const { beacon, read } = setUp()
    const [a, b, c] = [1, 2, 3].map((byte) => beacon.add(encoded(byte))) as [Hash, Hash, Hash]
    const found = await read([inBlobs(b, a), calldata(9), { ...inBlobs(c), from: testInbox }, inBlobs(c)])
    expect(texts(found)).toEqual(['0x02', '0x01', '0x09', '0x03'])
    expect(beacon.asked).toEqual([
      [
        { versionedHash: b, index: 0 },
        { versionedHash: a, index: 1 },
        { versionedHash: c, index: 3 },
      ],
    ])
  })

  it('asks no beacon for a block without batches in blobs', async () => {
    const { beacon, read } = setUp()
    expect(texts(await read([calldata(9), { ...inBlobs(testHash('0b')), from: testInbox }]))).toEqual([
      '0x09',
    ])
    expect(beacon.asked).toEqual([])
  })

  it('reads blobs from Ecotone on, by the time of the L1 block', async () => {
    const { beacon, read } = setUp()
    const hash = beacon.add(encoded(1))
    expect(texts(await read([inBlobs(hash)], 1))).toEqual(['0xcd'])
    expect(texts(await read([inBlobs(hash)], 2))).toEqual(['0x01'])
  })

  it('passes over a blob that holds no batcher data', async () => {
    const { beacon, malformed, read } = setUp()
    const bad = beacon.add(encoded(1).with(1, 7))
    const good = beacon.add(encoded(2))
    expect(texts(await read([inBlobs(bad, good)]))).toEqual(['0x02'])
    expect(malformed).toEqual(['expected blob encoding version 0, found 7'])
  })

  it('waits for blobs of a block that is canonical', async () => {
    const { read } = setUp()
    const attempt = read([inBlobs(testHash('0b'))])
    await expect(attempt).rejects.toThrow(/--l1\.beacon-fallbacks/)
    await expect(attempt).rejects.not.toThrow(BlobsGoneError)
  })

  it('gives up on blobs of a block that L1 has left', async () => {
    const { l1, read } = setUp()
    l1.reorg(2n, 3)
    await expect(read([inBlobs(testHash('0b'))])).rejects.toThrow(BlobsGoneError)
  })

  it('waits while the beacon fails, also on an orphaned block', async () => {
    const { l1, beacon, read } = setUp()
    l1.reorg(2n, 3)
    beacon.failure = new Error('beacon is down')
    const attempt = read([inBlobs(testHash('0b'))])
    await expect(attempt).rejects.toThrow('beacon is down')
    await expect(attempt).rejects.not.toThrow(BlobsGoneError)
  })

  it('names the flag when no beacon was given', async () => {
    const { read } = setUp({ withoutBeacon: true })
    await expect(read([inBlobs(testHash('0b'))])).rejects.toThrow(
      /^L1 block 2:0x.* has batches in 1 blobs, which no beacon was given for: start the node with --l1\.beacon$/,
    )
    expect(texts(await read([calldata(9)]))).toEqual(['0x09'])
  })
})
