import { describe, expect, it } from 'vitest'
import type { RollupConfig } from '../config/rollup-config.ts'
import { AttributesResetError } from '../derivation/attributes-builder.ts'
import { createFakeEngineClient, l2Block, l2Genesis } from '../derivation/testing/fake-engine-client.ts'
import type { AppliedFollowCase } from '../engine/engine-client.ts'
import { createL1Watcher } from '../l1/l1-watcher.ts'
import { createReorgGuard } from '../l1/reorg-guard.ts'
import { createCountingMetrics } from '../ports/testing/counting-metrics.ts'
import { createFakeClock } from '../ports/testing/fake-clock.ts'
import { createFakeL1 } from '../ports/testing/fake-l1.ts'
import { createFakeRandom } from '../ports/testing/fake-random.ts'
import { createSilentLogger } from '../ports/testing/silent-logger.ts'
import type { PayloadAttributes, PayloadEnvelope } from '../protocol/payload.ts'
import { type L2BlockRef, zeroHash } from '../protocol/refs.ts'
import { createBlockPublisher } from './block-publisher.ts'
import { holdMsMax } from './follow-hold.ts'
import { createSequencer } from './sequencer.ts'

const genesisTime = 1_000n
const pollMs = 50

interface Options {
  readonly stopped?: boolean
  readonly follows?: boolean
  readonly maxSafeLag?: bigint
  readonly l1Confirmations?: bigint
  readonly recover?: boolean
}

/** A sequencer with 1 s blocks on an L1 with 2 s blocks; time stands at genesis. */
function setUp(options: Options = {}) {
  const l1 = createFakeL1({ genesisTime, blockTime: 2n })
  const clock = createFakeClock(Number(genesisTime) * 1000)
  const genesis = l2Genesis(l1.at(0n), genesisTime)
  const config = { blockTime: 1n, maxSequencerDrift: 600n, forks: {} } as unknown as RollupConfig
  const origins = new Map<string, bigint>()
  const engine = createFakeEngineClient(genesis, ({ attributes }) => ({
    hash: attributes.prevRandao,
    number: origins.get(attributes.prevRandao) as bigint,
  }))
  const logger = createSilentLogger()
  const { metrics, value } = createCountingMetrics()
  const watcher = createL1Watcher({
    l1,
    pollIntervalMs: pollMs,
    clock,
    random: createFakeRandom(),
    logger,
    metrics,
  })
  const published: { readonly hash: string; readonly atMs: number }[] = []
  const gossip = {
    failure: null as Error | null,
    takesMs: 0,
    async publish({ payload }: PayloadEnvelope): Promise<'published'> {
      if (gossip.takesMs > 0) await clock.sleep(gossip.takesMs)
      if (gossip.failure !== null) throw gossip.failure
      published.push({ hash: payload.blockHash, atMs: clock.nowMs() })
      return 'published'
    },
  }
  const attributes = {
    failure: null as Error | null,
    async build(
      parent: L2BlockRef,
      epoch: { hash: `0x${string}`; number: bigint },
    ): Promise<PayloadAttributes> {
      if (attributes.failure !== null) throw attributes.failure
      origins.set(epoch.hash, epoch.number)
      return {
        timestamp: parent.timestamp + config.blockTime,
        prevRandao: epoch.hash,
        suggestedFeeRecipient: `0x${'00'.repeat(20)}`,
        parentBeaconBlockRoot: zeroHash,
        transactions: [],
        noTxPool: true,
        gasLimit: 30_000_000n,
      }
    },
  }
  const sequencer = createSequencer({
    config,
    sequencer: {
      stopped: options.stopped ?? false,
      l1Confirmations: options.l1Confirmations ?? 0n,
      maxSafeLag: options.maxSafeLag ?? 0n,
      recover: options.recover ?? false,
    },
    follows: options.follows ?? false,
    engine,
    attributes,
    watcher,
    publisher: createBlockPublisher(gossip as never, logger, metrics),
    clock,
    logger,
    metrics,
  })
  const guard = createReorgGuard({
    watcher,
    engine,
    derivedFrom: () => [],
    secondLookMs: pollMs,
    clock,
    random: createFakeRandom(),
    logger,
  })
  watcher.onLatest(guard.onL1Head)
  const stop = new AbortController()
  const start = async () => {
    for (const actor of [watcher, guard, sequencer]) actor.run(stop.signal).catch(() => {})
    await clock.settle()
  }
  /** Lets time pass with an L1 block every two seconds. */
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await clock.advance(1_000)
      if (BigInt(Math.floor(clock.nowMs() / 1000)) >= l1.head.timestamp + 2n) l1.mine()
    }
  }
  const followed = (followCase: AppliedFollowCase, currentL1: bigint): void =>
    sequencer.onFollowed({
      followCase,
      target: {
        currentL1: l1.at(currentL1),
        localSafe: engine.state.localSafe,
        safe: engine.state.safe,
        finalized: engine.state.finalized,
      },
    })
  return {
    l1,
    clock,
    genesis,
    engine,
    sequencer,
    published,
    gossip,
    attributes,
    start,
    stop,
    pass,
    followed,
    value,
  }
}

const numbers = (blocks: readonly L2BlockRef[]) => blocks.map((block) => block.number)

describe('cadence', () => {
  it('builds a quarter of a block time before the slot and is there at the slot', async () => {
    const t = setUp()
    await t.start()
    await t.clock.advance(749)
    expect(t.engine.built).toHaveLength(0)
    await t.clock.advance(1)
    expect(t.engine.built).toHaveLength(1)
    expect(t.engine.sealed).toHaveLength(0)
    await t.clock.advance(250)
    expect(numbers(t.engine.sealed)).toEqual([1n])
    expect(t.published).toEqual([{ hash: t.engine.state.unsafe.hash, atMs: 1_001_000 }])
  })

  it('keeps the slots for a minute, each within 50 ms, and adopts every L1 block', async () => {
    const t = setUp()
    t.engine.beforeSeal = () => t.clock.sleep(30)
    await t.start()
    await t.pass(60)
    await t.clock.advance(50)
    expect(t.engine.state.unsafe.number).toBe(60n)
    t.published.forEach(({ atMs }, index) => {
      expect(Math.abs(atMs - (Number(genesisTime) + index + 1) * 1000)).toBeLessThanOrEqual(50)
    })
    expect(t.engine.state.unsafe.l1Origin.number).toBe(29n)
    expect(t.engine.built.every(({ attributes }) => !attributes.noTxPool)).toBe(true)
  })

  it('catches up at once when it is late', async () => {
    const t = setUp({ stopped: true })
    await t.start()
    await t.pass(20)
    await t.sequencer.start(t.genesis.hash)
    await t.clock.settle()
    expect(t.engine.state.unsafe.number).toBe(20n)
    await t.clock.advance(1_000)
    expect(t.engine.state.unsafe.number).toBe(21n)
  })

  it('waits for confirmations of an L1 origin', async () => {
    const t = setUp({ l1Confirmations: 3n })
    await t.start()
    await t.pass(20)
    expect(t.l1.head.number - t.engine.state.unsafe.l1Origin.number).toBeGreaterThanOrEqual(3n)
    expect(t.engine.state.unsafe.l1Origin.number).toBeGreaterThanOrEqual(6n)
  })

  it('recover mode: deposits alone from the first block on, until it is ended', async () => {
    const t = setUp({ recover: true })
    await t.start()
    await t.pass(3)
    expect(t.engine.built.map(({ attributes }) => attributes.noTxPool)).toEqual([true, true, true])
    t.sequencer.setRecoverMode(false)
    await t.pass(2)
    expect(t.engine.built.slice(3).every(({ attributes }) => !attributes.noTxPool)).toBe(true)
    t.sequencer.setRecoverMode(true)
    await t.pass(1)
    expect(t.engine.built.at(-1)?.attributes.noTxPool).toBe(true)
  })

  it('stops building while safe is too far behind', async () => {
    const t = setUp({ maxSafeLag: 3n })
    await t.start()
    await t.pass(10)
    expect(t.engine.state.unsafe.number).toBe(3n)
    const safe = t.engine.sealed[0] as L2BlockRef
    t.engine.update({ safe, localSafe: safe })
    await t.clock.settle()
    expect(t.engine.state.unsafe.number).toBe(4n)
  })
})

describe('start and stop', () => {
  it('refuses in the words of op-node', async () => {
    const t = setUp()
    await expect(t.sequencer.start(t.genesis.hash)).rejects.toThrow('sequencer already running')
    await t.sequencer.stop()
    await expect(t.sequencer.stop()).rejects.toThrow('sequencer not running')
    await expect(t.sequencer.start(zeroHash)).rejects.toThrow(
      `block hash does not match: head ${t.genesis.hash}, received ${zeroHash}`,
    )
    t.engine.update({ initialized: false })
    await expect(t.sequencer.start(t.genesis.hash)).rejects.toThrow(
      `no prestate, cannot determine if sequencer start at ${t.genesis.hash} is safe`,
    )
  })

  it('a stop between build and seal abandons the block; the head is answered', async () => {
    const t = setUp()
    await t.start()
    await t.pass(3)
    await t.clock.advance(800)
    expect(t.engine.built).toHaveLength(4)
    expect(await t.sequencer.stop()).toBe(t.engine.sealed[2]?.hash)
    await t.pass(5)
    expect(t.engine.state.unsafe.number).toBe(3n)
    expect(t.sequencer.active()).toBe(false)
  })

  it('a stop during a seal waits for the block to be the head', async () => {
    const t = setUp()
    t.engine.beforeSeal = () => t.clock.sleep(300)
    await t.start()
    await t.clock.advance(1_100)
    const stopped = t.sequencer.stop()
    await t.clock.advance(300)
    expect(await stopped).toBe(t.engine.sealed[0]?.hash)
    expect(t.engine.state.unsafe.number).toBe(1n)
    expect(t.published).toHaveLength(1)
  })

  it('a start waits for the answer of the stop before it', async () => {
    const t = setUp()
    t.engine.beforeSeal = () => t.clock.sleep(300)
    await t.start()
    await t.clock.advance(1_100)
    const order: string[] = []
    void t.sequencer.stop().then(() => order.push(`stopped, active ${t.sequencer.active()}`))
    void t.sequencer.start(t.genesis.hash).catch((error: Error) => order.push(error.message))
    await t.clock.advance(300)
    expect(order).toEqual([
      'stopped, active false',
      `block hash does not match: head ${t.engine.state.unsafe.hash}, received ${t.genesis.hash}`,
    ])
  })

  it('before the node stops, the block under way is made and with the peers', async () => {
    const t = setUp()
    t.engine.beforeSeal = () => t.clock.sleep(300)
    t.gossip.takesMs = 400
    await t.start()
    await t.clock.advance(1_100)
    let finished = false
    void t.sequencer.finish().then(() => {
      finished = true
    })
    await t.clock.advance(300)
    expect([t.engine.sealed.length, t.published.length, finished]).toEqual([1, 0, false])
    await t.clock.advance(400)
    expect([t.published.length, finished]).toEqual([1, true])
    await t.pass(4)
    expect(t.engine.sealed).toHaveLength(1)
  })

  it('hands over: the next sequencer goes on from the hash that the stop answered', async () => {
    const first = setUp()
    await first.start()
    await first.pass(3)
    const hash = await first.sequencer.stop()
    const second = setUp({ stopped: true })
    await second.start()
    for (const unsafe of first.engine.sealed) second.engine.update({ unsafe })
    await second.sequencer.start(hash)
    await second.pass(5)
    expect(second.engine.sealed[0]?.parentHash).toBe(hash)
    expect(second.engine.state.unsafe.number).toBe(5n)
  })
})

describe('things go wrong', () => {
  it('gossip fails: counted, blocks go on', async () => {
    const t = setUp()
    t.gossip.failure = new Error('no peers')
    await t.start()
    await t.pass(3)
    expect(t.engine.state.unsafe.number).toBe(3n)
    expect(t.value('sequencing_errors_total', { reason: 'publish' })).toBe(3)
  })

  it('the engine fails for a while: backs off and catches up', async () => {
    const t = setUp()
    await t.start()
    await t.pass(2)
    t.engine.beforeBuild = async () => {
      throw new Error('engine is down')
    }
    await t.pass(3)
    expect(t.engine.state.unsafe.number).toBe(2n)
    const attempts = t.value('sequencing_errors_total', { reason: 'temporary' })
    expect(attempts).toBeGreaterThan(5)
    expect(attempts).toBeLessThan(25)
    t.engine.beforeBuild = async () => {}
    await t.pass(1)
    expect(t.engine.state.unsafe.number).toBe(6n)
  })

  it.each([
    ['that became the head', true],
    ['that did not', false],
  ])('the answer about the head is lost, for a block %s: peers get the head', async (_, isHead) => {
    const t = setUp()
    await t.start()
    t.engine.beforeSealedHead = async (block) => {
      t.engine.beforeSealedHead = async () => {}
      // As with the reset that finds out.
      if (isHead) void t.clock.sleep(10).then(() => t.engine.update({ unsafe: block }))
      throw new Error('no answer')
    }
    await t.pass(3)
    const { sealed } = t.engine
    expect(sealed[1]?.parentHash).toBe(isHead ? sealed[0]?.hash : t.genesis.hash)
    const canonical = isHead ? sealed : sealed.slice(1)
    expect(t.published.map(({ hash }) => hash)).toEqual(canonical.map(({ hash }) => hash))
  })

  it('the head changes while building: plans anew on the new head', async () => {
    const t = setUp()
    await t.start()
    await t.clock.advance(800)
    const other = l2Block(t.genesis, genesisTime + 1n, t.l1.at(0n), 'gossiped')
    t.engine.update({ unsafe: other })
    await t.pass(2)
    expect(t.engine.sealed[0]?.parentHash).toBe(other.hash)
    expect(t.engine.resets).toEqual([])
  })

  it('the epoch does not fit: the engine is reset', async () => {
    const t = setUp()
    t.attributes.failure = new AttributesResetError('the epoch is not a child')
    await t.start()
    await t.clock.advance(750)
    expect(t.engine.resets).toEqual(['the epoch is not a child'])
  })

  it('the epoch does not fit a head that was replaced meanwhile: nothing is reset', async () => {
    const t = setUp()
    const build = t.attributes.build
    t.attributes.build = async () => {
      t.attributes.build = build
      t.engine.update({ unsafe: l2Block(t.genesis, genesisTime + 1n, t.l1.at(0n), 'gossiped') })
      throw new AttributesResetError('the epoch is not a child')
    }
    await t.start()
    await t.pass(2)
    expect(t.engine.resets).toEqual([])
    expect(t.engine.state.unsafe.number).toBe(2n)
  })

  it('resets that change nothing do not become a storm', async () => {
    const t = setUp()
    t.attributes.failure = new AttributesResetError('the epoch is not a child')
    await t.start()
    await t.pass(30)
    expect(t.engine.resets.length).toBeLessThan(25)
  })
})

describe('L1 reorgs', () => {
  it('of the origin of the head: reset, then blocks on the surviving chain', async () => {
    const t = setUp()
    await t.start()
    await t.pass(9)
    const orphan = t.engine.state.unsafe.l1Origin
    expect(orphan.number).toBe(4n)
    t.l1.reorg(4n, 2)
    const survivor = t.engine.sealed.findLast((block) => block.l1Origin.number < 4n) as L2BlockRef
    t.engine.onResetHeads = () => ({ unsafe: survivor })
    await t.pass(3)
    expect(t.engine.resets).toHaveLength(1)
    expect(t.engine.resets[0]).toMatch(/orphaned what a head stands on: expected 4:.*own L1 has 4:/)
    const rebuilt = t.engine.sealed.slice(
      t.engine.sealed.findIndex((block) => block.parentHash === survivor.hash) + 1,
    )
    for (const { l1Origin } of rebuilt.filter((block) => block.timestamp > survivor.timestamp + 1n))
      expect(t.l1.at(l1Origin.number).hash).toBe(l1Origin.hash)
    expect(t.engine.state.unsafe.number).toBe(12n)
  })

  it('of the next origin while it is being built on: the block is abandoned and planned anew', async () => {
    const t = setUp()
    await t.start()
    await t.pass(3)
    t.l1.mine(1)
    await t.clock.advance(800)
    const planned = t.engine.built.at(-1)
    expect(planned?.attributes.prevRandao).toBe(t.l1.at(2n).hash)
    t.l1.reorg(2n, 2)
    await t.clock.advance(250)
    expect(t.engine.state.unsafe.number).toBe(4n)
    expect(t.engine.state.unsafe.l1Origin.hash).toBe(t.l1.at(2n).hash)
    expect(t.engine.resets).toEqual([])
  })

  it('to a shorter chain: goes on as on an L1 that lags, until the other fork shows', async () => {
    const t = setUp()
    await t.start()
    await t.pass(9)
    const before = t.engine.state.unsafe.number
    t.l1.reorg(3n, 0)
    await t.clock.advance(2_000)
    expect(t.engine.state.unsafe.number).toBe(before + 2n)
    expect(t.engine.resets).toEqual([])
    t.l1.mine(3)
    const survivor = t.engine.sealed.findLast((block) => block.l1Origin.number < 3n) as L2BlockRef
    t.engine.onResetHeads = () => ({ unsafe: survivor })
    await t.clock.advance(1_000)
    expect(t.engine.resets[0]).toMatch(/orphaned what a head stands on/)
    expect(t.l1.at(t.engine.state.unsafe.l1Origin.number).hash).toBe(t.engine.state.unsafe.l1Origin.hash)
  })

  it('own L1 down: the block under way is sealed, then it waits', async () => {
    const t = setUp()
    await t.start()
    await t.clock.advance(800)
    t.l1.failure = new Error('L1 is down')
    await t.clock.advance(200)
    expect(t.engine.state.unsafe.number).toBe(1n)
    await t.clock.advance(3_000)
    t.l1.failure = null
    await t.pass(1)
    expect(t.engine.state.unsafe.number).toBe(5n)
  })
})

describe('a sequencer that follows', () => {
  it("waits at the start for its source's first word", async () => {
    const t = setUp({ follows: true })
    await t.start()
    await t.pass(3)
    expect(t.engine.state.unsafe.number).toBe(0n)
    t.followed('consolidated', 1n)
    await t.clock.settle()
    expect(t.engine.state.unsafe.number).toBe(3n)
  })

  it('does not wait forever for a source that is down', async () => {
    const t = setUp({ follows: true })
    await t.start()
    await t.pass(holdMsMax / 1000 + 1)
    expect(t.engine.state.unsafe.number).toBe(11n)
  })

  it('adopts another chain, holds while the source catches up, then resumes without oscillation', async () => {
    const t = setUp({ follows: true })
    await t.start()
    t.followed('consolidated', 0n)
    await t.pass(8)
    await t.clock.advance(800)
    const building = t.engine.built.at(-1)

    let adopted = l2Block(t.genesis, genesisTime + 1n, t.l1.at(0n), 'derived')
    t.engine.update({ unsafe: adopted, localSafe: adopted, safe: adopted })
    t.followed('reorged', 1n)
    const sealedBefore = t.engine.sealed.length
    for (const currentL1 of [2n, 3n]) {
      adopted = l2Block(adopted, adopted.timestamp + 1n, t.l1.at(0n), 'derived')
      t.engine.update({ unsafe: adopted, localSafe: adopted, safe: adopted })
      t.followed('ahead', currentL1)
      await t.pass(1)
    }
    // Its chain is ours now, but it has not derived L1 up to where it was when the chains differed.
    t.followed('consolidated', 3n)
    await t.pass(1)
    expect(t.engine.sealed).toHaveLength(sealedBefore)
    t.followed('consolidated', 4n)
    await t.clock.settle()
    expect(t.engine.sealed[sealedBefore]?.parentHash).toBe(adopted.hash)
    expect(t.engine.sealed).not.toContainEqual(
      expect.objectContaining({ parentHash: building?.parent.hash, number: 9n }),
    )
  })

  it.each([
    ['waits for the next word when a reset cut an adoption', true, 3n],
    ['goes on after any other reset', false, 4n],
  ])('%s', async (_, cutsAdoption, number) => {
    const t = setUp({ follows: true })
    await t.start()
    t.followed('consolidated', 0n)
    await t.pass(3)
    expect(t.engine.state.unsafe.number).toBe(3n)
    t.engine.cutsAdoption = cutsAdoption
    await t.engine.reset('test')
    await t.pass(1)
    expect(t.engine.state.unsafe.number).toBe(number)
    t.followed('consolidated', 0n)
    await t.pass(1)
    expect(t.engine.state.unsafe.number).toBe(5n)
  })

  it('does not build while the engine adopts or syncs', async () => {
    const t = setUp()
    t.engine.update({ holding: true })
    await t.start()
    await t.pass(2)
    t.engine.update({ holding: false, elSyncing: true })
    await t.pass(2)
    expect(t.engine.built).toHaveLength(0)
    t.engine.update({ elSyncing: false })
    await t.clock.settle()
    expect(t.engine.state.unsafe.number).toBe(4n)
  })
})

describe('a stop', () => {
  /** Runs up to a moment of the block with number 4, stops there, and goes on for five seconds. */
  const moments: [string, (t: ReturnType<typeof setUp>) => Promise<() => void>][] = [
    [
      'while it waits for the time to build',
      async (t) => {
        await t.clock.advance(500)
        return () => {}
      },
    ],
    [
      'while the engine begins the build',
      async (t) => {
        const { promise, resolve } = Promise.withResolvers<void>()
        t.engine.beforeBuild = () => promise
        await t.clock.advance(800)
        return resolve
      },
    ],
    [
      'between build and seal',
      async (t) => {
        await t.clock.advance(800)
        expect(t.engine.built).toHaveLength(4)
        return () => {}
      },
    ],
  ]

  it.each(moments)(
    '%s: no block comes of what was armed before it, and it returns the head',
    async (_, reach) => {
      const t = setUp()
      await t.start()
      await t.pass(3)
      const go = await reach(t)
      const stopped = t.sequencer.stop()
      await t.clock.settle()
      go()
      expect(await stopped).toBe(t.engine.state.unsafe.hash)
      await t.pass(5)
      expect(t.engine.state.unsafe.number).toBe(3n)
      expect(t.published).toHaveLength(3)
      expect(t.engine.sealed).toHaveLength(3)
    },
  )

  it.each(moments)(
    '%s, and a start at once: the old plan is void, the new one is built',
    async (_, reach) => {
      const t = setUp()
      await t.start()
      await t.pass(3)
      const go = await reach(t)
      const armed = t.engine.built.at(3)
      const stopped = t.sequencer.stop()
      const started = t.sequencer.start(t.engine.state.unsafe.hash)
      await t.clock.settle()
      go()
      await Promise.all([stopped, started])
      await t.clock.advance(500)
      expect(t.engine.state.unsafe.number).toBe(4n)
      if (armed !== undefined) expect(t.engine.built.length).toBeGreaterThan(4)
      expect(t.published.map(({ hash }) => hash)).toHaveLength(4)
    },
  )

  it('while a block is sealed: it returns that block, and none follows', async () => {
    const t = setUp()
    await t.start()
    await t.pass(3)
    const { promise, resolve } = Promise.withResolvers<void>()
    t.engine.beforeSeal = () => promise
    await t.clock.advance(1_000)
    const stopped = t.sequencer.stop()
    await t.clock.settle()
    resolve()
    expect(await stopped).toBe(t.engine.state.unsafe.hash)
    expect(t.engine.state.unsafe.number).toBe(4n)
    await t.pass(5)
    expect(t.engine.state.unsafe.number).toBe(4n)
  })
})

describe('a lagging L1', () => {
  it('costs no reset, and blocks go on', async () => {
    const t = setUp()
    await t.start()
    await t.pass(20)
    const { headerByLabel, headerByNumber } = t.l1
    const behind = t.l1.head.number - 6n
    t.l1.headerByLabel = async (label) => (label === 'latest' ? t.l1.at(behind) : headerByLabel(label))
    t.l1.headerByNumber = async (number) => (number > behind ? null : headerByNumber(number))
    const { number } = t.engine.state.unsafe
    await t.pass(10)
    expect(t.engine.resets).toEqual([])
    expect(t.engine.state.unsafe.number).toBe(number + 10n)
  })
})
