import { describe, expect, it } from 'vitest'
import { createVerifier } from '../../node/derivation/pipeline/testing/derive.ts'
import { testBatcher, testHash, testInbox } from '../../node/derivation/pipeline/testing/test-config.ts'
import type { L1Transaction } from '../../node/ports/l1-source.ts'
import { createFakeBeacon, type FakeBeacon } from '../../node/ports/testing/fake-beacon.ts'
import { encodeBlob } from '../../node/protocol/blob.ts'
import { encodeBatcherPayload, type Frame } from '../../node/protocol/frame.ts'
import { chainHashes, createInboxWorld, inboxTransaction } from './testing/inbox-world.ts'

const { signal } = new AbortController()

/** A batcher transaction with a blob for each frame, and calldata that is none. */
function blobTransaction(beacon: FakeBeacon, frames: readonly Frame[]): L1Transaction {
  const blobVersionedHashes = frames.map((frame) => beacon.add(encodeBlob(encodeBatcherPayload([frame]))))
  return {
    hash: testHash('77'),
    type: 3,
    from: testBatcher,
    to: testInbox,
    input: '0x00',
    blobVersionedHashes,
  }
}

async function setUp() {
  const world = createInboxWorld('holocene')
  const beacon = createFakeBeacon()
  world.l1.mine(4)
  await world.build(6n)
  const frames = await world.channel(1n, 6n, { maxFrameBytes: 60 })
  expect(frames.length).toBeGreaterThan(3)
  return { ...world, beacon, frames, verifier: createVerifier(world.config, world.l1, beacon) }
}

describe('batches in blobs', () => {
  it('make the same chain as in calldata, mixed within a block and over blocks', async () => {
    const { l1, beacon, frames, verifier, sequencer } = await setUp()
    const garbage = beacon.add(new Uint8Array(131_072).fill(1))
    const first = blobTransaction(beacon, frames.slice(0, 2))
    l1.mine(1, {
      transactions: [
        { ...first, from: `0x${'cc'.repeat(20)}`, blobVersionedHashes: [garbage] },
        { ...first, blobVersionedHashes: [garbage, ...first.blobVersionedHashes!] },
        inboxTransaction(frames.slice(2, 3)),
      ],
    })
    l1.mine(1, { transactions: [blobTransaction(beacon, frames.slice(3))] })
    await verifier.deriveAll()
    expect(chainHashes(verifier.l2)).toEqual(chainHashes(sequencer))
    expect(verifier.count('blob', 'malformed')).toBe(1)
    expect(beacon.asked[0]?.map(({ index }) => index)).toEqual([1, 2, 3])
  })

  it('are waited for while the beacon does not have them or does not answer', async () => {
    const { l1, beacon, frames, verifier, sequencer } = await setUp()
    const transaction = blobTransaction(beacon, frames)
    const late = beacon.add(encodeBlob(encodeBatcherPayload(frames.slice(0, 1))))
    beacon.forget(late)
    l1.mine(1, { transactions: [transaction] })
    await expect(verifier.deriveAll()).rejects.toThrow(/no blob/)
    beacon.failure = new Error('beacon is down')
    await expect(verifier.deriveAll()).rejects.toThrow('beacon is down')
    expect(verifier.l2.head.number).toBe(0n)
    beacon.failure = null
    beacon.add(encodeBlob(encodeBatcherPayload(frames.slice(0, 1))))
    await verifier.deriveAll()
    expect(verifier.resets).toEqual(['not-started'])
    expect(chainHashes(verifier.l2)).toEqual(chainHashes(sequencer))
  })

  it('that an L1 reorg took away are not waited for', async () => {
    const { l1, beacon, frames, verifier, sequencer } = await setUp()
    const lost = blobTransaction(beacon, frames)
    for (const hash of lost.blobVersionedHashes!) beacon.forget(hash)
    const { number } = l1.mine(1, { transactions: [lost] })
    await expect(verifier.deriveAll()).rejects.toThrow(/no blob/)
    l1.reorg(number, 1)
    await verifier.deriveAll()
    expect(verifier.l2.head.number).toBe(0n)
    l1.mine(1, { transactions: [blobTransaction(beacon, frames)] })
    await verifier.deriveAll()
    expect(chainHashes(verifier.l2)).toEqual(chainHashes(sequencer))
  })

  it('of the block that a reset starts at, taken away by a reorg, demand another reset', async () => {
    const { config, l1, ...world } = createInboxWorld('fjord', { channelTimeout: 1n })
    const beacon = createFakeBeacon()
    const hash = beacon.add(encodeBlob(Uint8Array.of(1)))
    l1.mine(1)
    l1.mine(1, { transactions: [{ ...blobTransaction(beacon, []), blobVersionedHashes: [hash] }] })
    l1.mine(2)
    await world.build(6n)
    l1.mine(1, { transactions: [inboxTransaction(await world.channel(1n, 6n))] })
    const { pipeline, l2, deriveAll } = createVerifier(config, l1, beacon)
    await deriveAll()
    expect(l2.head).toMatchObject({ number: 6n, l1Origin: { number: 3n } })

    await pipeline.reset(l2.head, signal)
    expect(pipeline.origin.number).toBe(2n)
    beacon.forget(hash)
    await expect(pipeline.step(l2.head, signal)).rejects.toThrow(/no blob/)
    l1.reorg(2n, 5)
    expect(await pipeline.step(l2.head, signal)).toEqual({ kind: 'reset', reason: 'blobs-gone' })
  })
})
