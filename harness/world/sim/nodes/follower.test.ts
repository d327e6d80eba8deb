import { describe, expect, it } from 'vitest'
import type { SyncStatus } from '../../../../node/protocol/sync-status.ts'
import { faults } from '../../../faults/vocabulary.ts'
import { twoVerifiersFollowing } from '../../../topologies.ts'
import { headOf, levels } from '../../levels.ts'
import { simulated } from '../testing/simulated.ts'
import { followed as topology, withFresh } from '../testing/small-topologies.ts'

const numbers = (status: SyncStatus) => levels.map((level) => headOf(status, level).number)

type Json = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** What a follower is told of `optimism_syncStatus`, changed. */
const tells = (change: (status: Json) => object) =>
  faults
    .replaceResult((status) => ({ ...(status as object), ...change(status as Json) }), 'a lie')
    .to('optimism_syncStatus')

const l2Fields = ['unsafe_l2', 'local_safe_l2', 'safe_l2', 'finalized_l2'] as const
const everyHead = (head: object) => Object.fromEntries(l2Fields.map((field) => [field, head]))
const fork = (mark: string) => `0x${mark.repeat(16)}`

describe('a follower publishes only what its engine has', () => {
  const alone = {
    ...topology,
    gossip: [],
    elPeers: [],
  } as const

  it('an engine without peers: the heads of the source are a target, and optimism_syncStatus says what the engine says', async () => {
    await simulated({ topology: alone, stopped: ['follower'] }, async ({ source, follower, world }) => {
      await source.reached('finalized', 5)
      await follower.el.start()
      await follower.start()
      for (let second = 0; second < 20; second++) {
        await world.clock.sleep(1_000, world.failed)
        const status = await follower.status()
        expect(numbers(status)).toEqual([0n, 0n, 0n, 0n])
        expect(status.currentL1.number).toBe(0n)
      }
      const told = await world.cls.get('follower')?.rpc.request('lockstep_followStatus', [])
      expect(told).toMatchObject({ applied: null, target: { localSafe: {} } })
      expect((told as { target: Json }).target['localSafe']?.['number']).toBeGreaterThan(5)
      expect(follower.running).toBe(true)
    })
  })
})

describe('a follower on the L1 and the engine of a real client', () => {
  it.each(['geth', 'reth'] as const)(
    'joins, finalizes and goes on after a reorg where "none" is told by %s',
    (style) =>
      simulated({ topology, stopped: ['follower'] }, async ({ source, follower, l1, point }) => {
        await point('follower→l1').install(faults.notFoundAsError(style), { optional: true })
        const told = await point('follower→follower-el(engine)').install(faults.notFoundAsError(style))
        await source.reached('localSafe', 6)
        await follower.el.start()
        await follower.start()
        await follower.reached('finalized', 6)
        // Its engine lacked the block of the source.
        await told.hit()
        // A reorg walks back, and asks for what is not there any more.
        await l1.reorg((await l1.head()).number - 1n, { to: 'shorter' })
        const { number } = await follower.head('unsafe')
        await follower.reached('localSafe', number + 6n)
        await follower.inSync(source, 'localSafe')
      }),
  )
})

describe('a source that lies', () => {
  /** That block as every head of the source, with a time that `timeOf` gives it. */
  const far = (number: number, timeOf: (status: Json) => unknown) =>
    tells((status) =>
      everyHead({
        ...status['local_safe_l2'],
        ...{ number, hash: fork('bad1'), timestamp: timeOf(status) },
      }),
    )

  it.each([
    ['once', 1],
    ['for ten seconds', 10],
  ])(
    'with heads far above everything, %s: nothing moves, and all goes on when it is honest again',
    async (_, times) => {
      await simulated({ topology }, async ({ source, follower, point, world }) => {
        await follower.reached('localSafe', 4)
        const lie = far(100_328, (status) => status['local_safe_l2']?.['timestamp'])
        const fault = await point('follower→source').install(lie.times(times))
        const seen: bigint[] = []
        const { status } = world.cls.get('follower')!
        const end = status.onObservation((observed) => void seen.push(...numbers(observed.status)))
        await fault.hit(times)
        await follower.advanced('unsafe', 2)
        end()
        expect(seen.length).toBeGreaterThan(4 * times)
        expect(seen.every((number) => number < 1_000n)).toBe(true)
        await fault.remove()
        const { number } = await source.head('unsafe')
        await follower.reached('finalized', number + 1n)
        await follower.inSync(source, 'localSafe')
      })
    },
  )

  it('about what is finalized: the conflict is told, and the node goes on', async () => {
    await simulated({ topology }, async ({ follower, point, world, events }) => {
      const finalized = await follower.reached('finalized', 4)
      const conflicts = () =>
        events.filter((event) => event.kind === 'log' && /is not our finalized block/.test(event.message))
      const other = tells((status) => ({ finalized_l2: { ...status['finalized_l2'], hash: fork('bad2') } }))
      const fault = await point('follower→source').install(other)
      await follower.notAdvanced('finalized', { blocks: 5 })
      expect(conflicts()).not.toEqual([])
      await fault.remove()

      const genesis = world.rollup.genesis.l2
      const back = await point('follower→source').install(
        tells((status) => ({
          finalized_l2: { ...status['finalized_l2'], ...{ number: 0, hash: genesis.hash } },
        })),
      )
      await follower.notAdvanced('finalized', { blocks: 3 })
      await back.remove()
      await follower.reached('finalized', finalized.number + 2n)
      await follower.holds(finalized)
    })
  })

  it('within what the clock allows: what its engine cannot fetch is never ours, and the honest status takes over', async () => {
    await simulated({ topology }, async ({ source, follower, point, world, rollup }) => {
      await follower.reached('localSafe', 4)
      await follower.network.isolate()
      const before = numbers(await follower.status())
      const near = () => Math.floor(world.clock.nowMs() / 1000)
      const lie = tells((status) =>
        everyHead({
          ...status['local_safe_l2'],
          ...{ number: near() - Number(rollup.genesis.l2Time), hash: fork('bad1'), timestamp: near() },
        }),
      )
      const fault = await point('follower→source').install(lie)
      for (let second = 0; second < 10; second++) {
        await world.clock.sleep(1_000, world.failed)
        expect(numbers(await follower.status())).toEqual(before)
      }
      expect(fault.hits).toBeGreaterThan(5)
      await fault.remove()
      const { number } = await source.head('unsafe')
      await follower.reached('finalized', number + 1n)
    })
  })
})

describe('a follower that restarts together with its source', () => {
  it('keeps what its engine remembers until the source has derived L1 up to where that was', async () => {
    const els = {
      ...twoVerifiersFollowing.els,
      'follower-el': { kind: 'embedded-el', datadir: true },
    } as const
    await simulated(
      { topology: { ...twoVerifiersFollowing, els } },
      async ({ reference, follower, point, world }) => {
        await follower.reached('finalized', 8)
        const before = await follower.head('localSafe')
        await follower.stop()
        // It derives from the start again, and lags: what it says lies between our finalized and our local-safe block.
        await reference.stop()
        await reference.el.restart()
        const lag = await point('reference→l1').install(faults.lag(3))
        await reference.start()
        await follower.start()
        await follower.network.isolate()
        const observed: bigint[] = []
        world.cls.get('follower')?.status.onObservation(({ status: { localSafeL2 } }) => {
          if (localSafeL2.number > 0n || observed.length > 0) observed.push(localSafeL2.number)
        })
        await follower.reached('localSafe', before.number + 1n)
        expect(lag.hits).toBeGreaterThan(0)
        expect(observed.length).toBeGreaterThan(10)
        expect(observed.every((number) => number >= before.number)).toBe(true)
      },
    )
  })
})

describe('a follower whose source and gossip are gone', () => {
  // What is safe stands on L1 blocks that are not final.
  const parameters = { l1SafeDistance: 4, l1FinalizedDistance: 4 }

  it.each(['longer', 'shorter'] as const)(
    'leaves what L1 orphans by a %s fork within three seconds, and currentL1 goes back with the heads',
    (to) =>
      simulated({ topology, parameters }, async ({ source, follower, batcher, l1, world }) => {
        await follower.reached('localSafe', 12)
        await follower.network.isolate()
        await source.stop()
        await batcher.stop()
        const { finalizedL1, currentL1, localSafeL2 } = await follower.status()
        const { orphaned } = await l1.reorg(finalizedL1.number + 1n, { to })
        const hashes = orphaned.map(({ hash }) => hash)
        expect(hashes).toContain(currentL1.hash)
        expect(hashes).toContain(localSafeL2.l1Origin.hash)
        const reorgedMs = world.clock.nowMs()
        await follower.originsCanonical()
        expect(world.clock.nowMs() - reorgedMs).toBeLessThan(3_000)
        const now = (await follower.status()).currentL1
        expect(now.number).toBeLessThan(currentL1.number)
        if (now.number > 0n) expect(l1.isCanonical(now)).toBe(true)
      }),
  )
})

describe('nodes at work', () => {
  it('derive a history with four engine calls a block and nothing read back', async () => {
    await simulated({ topology: withFresh, stopped: ['fresh'] }, async (given) => {
      const { sequencer, fresh, events, step } = given
      const safe = await sequencer.reached('localSafe', 12)
      await step('the late node', async () => {
        await fresh.el.start()
        await fresh.start()
        await fresh.holds(safe)
      })
      const link = 'fresh→fresh-el(engine)'
      const asked = events.flatMap((event) => {
        if (event.kind === 'engine') return event.link === link ? [event.method] : []
        return event.kind === 'rpc' && event.link === link ? event.methods : []
      })
      const calls = (name: RegExp) => asked.filter((method) => name.test(method)).length
      const blocks = Number((await fresh.el.block('latest'))?.number)
      expect(blocks).toBeGreaterThanOrEqual(12)
      expect([calls(/getPayload/), calls(/newPayload/)]).toEqual([blocks, blocks])
      // Finality is told in updates of its own.
      expect(calls(/forkchoiceUpdated/) - 2 * blocks).toBeLessThan(blocks / 2)
      // The start reads some.
      expect(calls(/eth_getBlock/)).toBeLessThan(blocks)
    })
  })

  it('answer optimism_syncStatus without a call to L1 or to the engine, also while neither answers', async () => {
    await simulated({ topology }, async ({ nodes, point, world }) => {
      await Promise.all(nodes.map((node) => node.reached('finalized', 3)))
      for (const [name, { rpc, spec, status }] of world.cls) {
        const links = [`${name}→l1`, `${name}→${spec.el}(engine)`] as unknown as readonly Parameters<
          typeof point
        >[0][]
        const silent = await Promise.all(links.map((link) => point(link).install(faults.hang())))
        await Promise.all(silent.map((fault) => fault.hit()))
        const before = [world.clock.nowMs(), ...silent.map(({ hits }) => hits)]
        const answer = await rpc.request('optimism_syncStatus', [])
        expect(answer).toMatchObject({ unsafe_l2: { hash: status.latest?.status.unsafeL2.hash } })
        expect([world.clock.nowMs(), ...silent.map(({ hits }) => hits)]).toEqual(before)
        await Promise.all(silent.map((fault) => fault.remove()))
      }
    })
  })
})
