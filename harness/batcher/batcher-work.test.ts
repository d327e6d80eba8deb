import { describe, expect, it } from 'vitest'
import { compressChannelSync } from '../../node/adapters/zlib/compress-channel.ts'
import { forksActiveFrom } from '../../node/config/forks.ts'
import type { RollupConfig } from '../../node/config/rollup-config.ts'
import { createVerifier, type Verifier } from '../../node/derivation/pipeline/testing/derive.ts'
import { createFakeL2, type FakeL2 } from '../../node/derivation/pipeline/testing/fake-l2.ts'
import { sequence } from '../../node/derivation/pipeline/testing/sequence.ts'
import { testRollupConfig } from '../../node/derivation/pipeline/testing/test-config.ts'
import { testTransaction } from '../../node/derivation/pipeline/testing/test-transaction.ts'
import { createFakeBeacon } from '../../node/ports/testing/fake-beacon.ts'
import { createFakeL1, type FakeL1 } from '../../node/ports/testing/fake-l1.ts'
import { type L1BlockRef, zeroL1BlockRef } from '../../node/protocol/refs.ts'
import type { SyncStatus } from '../../node/protocol/sync-status.ts'
import type { BatcherEvent } from './batcher-event.ts'
import { type BatcherWork, type BatcherWorkOptions, createBatcherWork } from './batcher-work.ts'
import type { DataAvailability } from './data-availability.ts'
import { lastInclusion } from './sequencing-window.ts'
import { createFakeSubmitter, type FakeSubmitter } from './testing/fake-submitter.ts'
import { syncStatusOf } from './testing/sync-status.ts'

interface World {
  readonly l1: FakeL1
  readonly sequencer: FakeL2
  readonly verifier: Verifier
  readonly submitter: FakeSubmitter
  readonly work: BatcherWork
  readonly events: readonly BatcherEvent[]
  readonly config: RollupConfig
  /** The sequencer builds up to that block, on the L1 that there is; without users when there is no salt. */
  build(until: bigint, salt?: number | null): Promise<void>
  tick(): Promise<void>
  /** Mines the pool and lets the verifier derive. */
  settle(): Promise<void>
  /** Overrides what the sequencer reports as derived from. */
  currentL1: L1BlockRef | undefined
}

function createWorld(options: Partial<BatcherWorkOptions> = {}, rollup: Partial<RollupConfig> = {}): World {
  const l1 = createFakeL1({ genesisTime: 1000n })
  const config = testRollupConfig('jovian', { l1Genesis: l1.head, ...rollup })
  const sequencer = createFakeL2(config)
  const beacon = createFakeBeacon()
  const verifier = createVerifier(config, l1, beacon)
  const submitter = createFakeSubmitter(l1, beacon)
  const events: BatcherEvent[] = []
  const { signal } = new AbortController()

  const syncStatus = async (): Promise<SyncStatus> => {
    const status = syncStatusOf(verifier, sequencer, l1)
    return { ...status, currentL1: world.currentL1 ?? status.currentL1 }
  }
  const work = createBatcherWork({
    config,
    node: { syncStatus },
    l2: sequencer,
    submitter,
    batchType: 'span',
    compression: 'zlib',
    compress: compressChannelSync,
    dataAvailability: () => 'calldata',
    maxFrameBytes: 1000,
    maxChannelDurationL1Blocks: 1,
    maxPendingTransactions: 4,
    onEvent: (event) => events.push(event),
    ...options,
  })
  const world: World = {
    config,
    l1,
    sequencer,
    verifier,
    submitter,
    work,
    events,
    currentL1: undefined,
    build: (until, salt = 0) =>
      sequence({
        config,
        l1,
        l2: sequencer,
        until,
        transactions: (number) => (salt === null ? [] : [testTransaction(Number(number) + salt)]),
      }),
    tick: () => work.tick(signal),
    async settle() {
      submitter.mine()
      await verifier.deriveAll()
    },
  }
  return world
}

const restarts = ({ events }: World) => events.filter((event) => event.kind === 'restart').length
const channels = ({ events }: World) => events.filter((event) => event.kind === 'channel').length
const safe = ({ verifier }: World) => verifier.l2.head

describe('createBatcherWork', () => {
  it('makes the whole unsafe chain safe, and sends each block once', async () => {
    const world = createWorld()
    world.l1.mine(2)
    await world.verifier.deriveAll()
    for (let until = 4n; until <= 40n; until += 2n) {
      await world.build(until)
      await world.tick()
      await world.tick()
      await world.settle()
    }
    await world.tick()
    await world.settle()
    expect(safe(world).hash).toBe(world.sequencer.head.hash)
    expect(restarts(world)).toBe(1)
    const sent = world.events.filter((event) => event.kind === 'channel')
    expect(sent.map(({ first }) => first.number)).toEqual([
      1n,
      ...sent.slice(0, -1).map(({ last }) => last.number + 1n),
    ])
  })

  it('puts frames into blobs, at most six in a transaction, and then into calldata again', async () => {
    let as: DataAvailability = 'blobs'
    const world = createWorld({ dataAvailability: () => as, maxFrameBytes: 60 })
    const types = () => world.submitter.submitted.map(({ type }) => type)
    world.l1.mine(2)
    await world.verifier.deriveAll()
    await world.build(20n)
    await world.tick()
    expect(types()).toEqual([3, 3])
    const blobs = world.submitter.submitted.map(({ blobVersionedHashes }) => blobVersionedHashes?.length)
    expect(blobs).toEqual([6, expect.toSatisfy((last: number) => last >= 1 && last <= 6)])

    // A pool takes no other transactions of an account that has blob transactions in it.
    as = 'calldata'
    world.l1.mine(1)
    await world.verifier.deriveAll()
    await world.build(22n)
    await world.tick()
    expect(channels(world)).toBe(2)
    expect(types()).toEqual([3, 3])
    await world.settle()
    await world.tick()
    expect(new Set(types().slice(2))).toEqual(new Set([2]))
    await world.settle()
    expect(safe(world)).toEqual(world.sequencer.head)
  })

  it.each(['canyon', 'ecotone', 'fjord'] as const)(
    'sends what the fork of the chain can read: %s',
    async (fork) => {
      const world = createWorld({ compression: 'brotli' }, { forks: forksActiveFrom(fork) })
      world.l1.mine(2)
      await world.verifier.deriveAll()
      await world.build(4n)
      await world.tick()
      await world.settle()
      expect(safe(world)).toEqual(world.sequencer.head)
    },
  )

  it('puts no frames into blobs before they count', async () => {
    const forks = { ...forksActiveFrom('delta'), ecotone: 1010n }
    const world = createWorld({ dataAvailability: () => 'blobs' }, { forks })
    world.l1.mine(2)
    await world.verifier.deriveAll()
    await world.build(2n)
    await world.tick()
    await world.settle()
    world.l1.mine(2)
    await world.build(4n)
    await world.tick()
    await world.settle()
    expect(world.submitter.submitted.map(({ type }) => type)).toEqual([2, 3])
  })

  it('sends its first channel without waiting for an L1 block, the next one only after it', async () => {
    const world = createWorld()
    world.l1.mine(2)
    await world.verifier.deriveAll()
    await world.build(2n)
    await world.tick()
    expect(channels(world)).toBe(1)
    await world.build(4n)
    await world.tick()
    expect(channels(world)).toBe(1)
    await world.settle()
    await world.tick()
    expect(channels(world)).toBe(2)
  })

  it('lets the sequencer derive the newest L1 block first, and waits for one more block at most', async () => {
    const world = createWorld()
    world.l1.mine(2)
    await world.verifier.deriveAll()
    await world.build(2n)
    await world.tick()
    world.submitter.mine()
    await world.build(4n)
    await world.tick()
    expect(channels(world)).toBe(1)
    await world.verifier.deriveAll()
    await world.tick()
    expect(channels(world)).toBe(2)
    world.submitter.mine()
    world.submitter.mine()
    await world.build(6n)
    await world.tick()
    expect(channels(world)).toBe(3)
  })

  it('does nothing while the sequencer does not know its L1 position', async () => {
    const world = createWorld()
    world.l1.mine(2)
    await world.verifier.deriveAll()
    await world.build(4n)
    world.currentL1 = zeroL1BlockRef
    await world.tick()
    expect(world.submitter.submitted).toEqual([])
    expect(world.work.progress().waitingFor).toContain('L1 position')
  })

  it('never has more transactions pending than it may, and sends the rest later', async () => {
    const world = createWorld({ maxFrameBytes: 60, maxPendingTransactions: 2 })
    world.l1.mine(3)
    await world.verifier.deriveAll()
    await world.build(6n)
    for (let ticks = 0; ticks < 5; ticks++) {
      await world.tick()
      expect(world.submitter.pending).toBeLessThanOrEqual(2)
      await world.settle()
    }
    expect(world.submitter.submitted.length).toBeGreaterThan(2)
    expect(safe(world).number).toBe(6n)
    expect(restarts(world)).toBe(1)
  })

  it('sends again what an L1 reorg orphaned', async () => {
    const world = createWorld()
    world.l1.mine(4)
    await world.verifier.deriveAll()
    await world.build(4n)
    await world.tick()
    await world.settle()
    expect(safe(world).number).toBe(4n)
    // Only the block with the batch is replaced; the L2 chain stays valid.
    world.l1.reorg(5n, 2)
    await world.verifier.deriveAll()
    expect(safe(world).number).toBe(0n)
    await world.tick()
    await world.tick()
    await world.settle()
    expect(safe(world).hash).toBe(world.sequencer.head.hash)
    expect(restarts(world)).toBe(2)
  })

  it('follows the sequencer to another chain when L1 replaced its origins', async () => {
    const world = createWorld()
    world.l1.mine(4)
    await world.verifier.deriveAll()
    await world.build(6n)
    await world.tick()
    await world.settle()
    const orphaned = world.sequencer.head.hash
    world.l1.reorg(2n, 6)
    await world.verifier.deriveAll()
    world.sequencer.rewind(safe(world).number)
    await world.build(8n)
    for (let ticks = 0; ticks < 3; ticks++) {
      await world.tick()
      await world.settle()
    }
    expect(safe(world).number).toBe(8n)
    expect(safe(world).hash).toBe(world.sequencer.head.hash)
    expect(world.sequencer.ref(6n).hash).not.toBe(orphaned)
  })

  it('notices by the parent of the next block that the sequencer is on another chain', async () => {
    const world = createWorld()
    world.l1.mine(2)
    await world.verifier.deriveAll()
    await world.build(4n)
    await world.tick()
    world.submitter.dropPool()
    // The same height and more, so that only the blocks themselves tell.
    world.sequencer.rewind(1n)
    await world.build(2n, 1000)
    await world.build(6n)
    await world.tick()
    expect(restarts(world)).toBe(2)
    await world.tick()
    await world.settle()
    await world.tick()
    await world.settle()
    expect(safe(world).hash).toBe(world.sequencer.head.hash)
  })

  it('sends again what the pool forgot, but waits for an L1 block to notice', async () => {
    const world = createWorld()
    world.l1.mine(2)
    await world.verifier.deriveAll()
    await world.build(2n)
    await world.tick()
    world.submitter.dropPool()
    await world.tick()
    expect(world.submitter.submitted).toHaveLength(1)
    await world.settle()
    await world.tick()
    await world.settle()
    expect(world.submitter.submitted).toHaveLength(2)
    expect(safe(world).number).toBe(2n)
  })

  it('gives up a channel only when derivation is past it', async () => {
    const world = createWorld()
    world.l1.mine(2)
    await world.verifier.deriveAll()
    await world.build(2n)
    await world.tick()
    world.submitter.mine()
    // The sequencer still reports the old position: nothing is known of the channel.
    for (let ticks = 0; ticks < 5; ticks++) await world.tick()
    expect(world.submitter.submitted).toHaveLength(1)
    // Derivation passed it without making it safe, as if the batch had been refused.
    world.l1.mine(3)
    world.currentL1 = world.l1.head
    await world.tick()
    expect(world.submitter.submitted).toHaveLength(2)
  })

  it('sends nothing that can only be included too late, and at once what follows the block in its place', async () => {
    const world = createWorld({}, { seqWindowSize: 4n })
    world.l1.mine(2)
    await world.verifier.deriveAll()
    await world.build(4n)
    const { l1Origin } = world.sequencer.ref(1n)
    expect(l1Origin.number).toBe(0n)
    world.l1.mine(2)
    await world.tick()
    expect(world.submitter.submitted).toEqual([])
    expect(world.work.progress().waitingFor).toBe('the sequencing window of block 1 ended with L1 block 4')

    await world.verifier.deriveAll()
    expect(safe(world).number).toBe(1n)
    world.sequencer.rewind(0n)
    world.sequencer.append(world.verifier.l2.at(1n))
    await world.build(6n)
    await world.tick()
    await world.settle()
    expect(channels(world)).toBe(1)
    expect(safe(world)).toEqual(world.sequencer.head)
  })

  it('sends late blocks without users with those that follow them', async () => {
    const world = createWorld({}, { seqWindowSize: 4n })
    world.l1.mine(8)
    await world.verifier.deriveAll()
    await world.build(17n, null)
    expect(safe(world)).toEqual(world.sequencer.ref(9n))
    // The sequencer hears of an L1 block only after the next one: what it would have to send with that is late by then.
    world.l1.mine(2)
    expect(lastInclusion(world.config, world.sequencer.ref(10n))).toBeLessThan(world.l1.head.number)
    await world.tick()
    expect(channels(world)).toBe(1)
    await world.settle()
    expect(safe(world)).toEqual(world.sequencer.head)
  })

  it('sends nothing while all of it is late', async () => {
    const world = createWorld({}, { seqWindowSize: 4n })
    world.l1.mine(8)
    await world.verifier.deriveAll()
    await world.build(11n, null)
    world.l1.mine(2)
    await world.tick()
    expect(channels(world)).toBe(0)
    expect(world.work.progress().waitingFor).toBe('the sequencing window of block 11 ended with L1 block 9')
  })

  it('reads no more than can be sent before the next L1 block while the window ends', async () => {
    const world = createWorld({}, { seqWindowSize: 4n })
    world.l1.mine(3)
    await world.verifier.deriveAll()
    await world.build(40n)
    await world.tick()
    expect(world.work.progress()).toMatchObject({ isWindowEnding: false, newest: { number: 40n } })

    const late = createWorld({}, { seqWindowSize: 4n, blockTime: 2n })
    late.l1.mine(3)
    await late.verifier.deriveAll()
    late.l1.mine(1)
    await late.build(40n)
    await late.tick()
    expect(late.sequencer.ref(1n).l1Origin.number).toBe(1n)
    expect(late.work.progress()).toMatchObject({ isWindowEnding: true, newest: { number: 16n } })
    expect(channels(late)).toBe(1)
  })

  it('repeats a frame that L1 did not take', async () => {
    const world = createWorld({ maxFrameBytes: 60 })
    world.l1.mine(2)
    await world.verifier.deriveAll()
    await world.build(4n)
    world.submitter.failure = new Error('L1 is down')
    await expect(world.tick()).rejects.toThrow('L1 is down')
    world.submitter.failure = null
    await world.tick()
    await world.settle()
    expect(safe(world).number).toBe(4n)
    expect(channels(world)).toBe(1)
  })
})
