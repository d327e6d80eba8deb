import type { Hash } from 'viem'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { WorldEvent } from '../../../events/event.ts'
import { logLevelVariable } from '../../../events/follow-logs.ts'
import type { Fault } from '../../../faults/fault.ts'
import { faults } from '../../../faults/vocabulary.ts'
import { twoVerifiersFollowing } from '../../../topologies.ts'
import { defineTopology, derive } from '../../topology.ts'
import { type Simulated, simulated } from '../testing/simulated.ts'
import { pair } from '../testing/small-topologies.ts'

const { parameters } = twoVerifiersFollowing
const embedded = { kind: 'embedded-el' } as const
const lockstep = { kind: 'lockstep-node' } as const
const building = { sequencer: { l1Confirmations: 0 } } as const

/** One node that does both: two take sides each for itself, and may then differ on L2 as well. */
const alone = defineTopology({
  ...{ name: 'alone', parameters },
  els: { 'sequencer-el': embedded },
  cls: { sequencer: { ...lockstep, ...building, el: 'sequencer-el', mode: derive } },
  batcher: { sequencer: 'sequencer' },
  gossip: [],
  elPeers: [],
})

/** A sequencer, and a verifier that derives. */
const apart = defineTopology({
  ...{ name: 'apart', parameters: { ...parameters, seqWindowSize: 20, maxSequencerDrift: 1_800 } },
  els: { 'sequencer-el': embedded, 'verifier-el': embedded },
  cls: {
    sequencer: { ...lockstep, ...building, el: 'sequencer-el', mode: derive },
    verifier: { ...lockstep, el: 'verifier-el', mode: derive },
  },
  batcher: { sequencer: 'sequencer' },
  gossip: [['sequencer', 'verifier']],
  elPeers: [['sequencer-el', 'verifier-el']],
})

// How often a head is reset is told there.
beforeEach(() => void vi.stubEnv(logLevelVariable, 'info'))
afterEach(() => void vi.unstubAllEnvs())

const logged = (events: readonly WorldEvent[], node: string, line: RegExp) =>
  events.filter((event) => event.kind === 'log' && event.component === node && line.test(event.message))
const resetsOf = ({ events, nodes }: Pick<Simulated<string, string>, 'events' | 'nodes'>) =>
  nodes.map(({ name }) => logged(events, name, /^engine reset /).length)
const more = (now: readonly number[], before: readonly number[]) =>
  now.map((count, index) => count - (before[index] ?? 0))

/** A fork is shown for long enough to be believed by who believes too soon. */
const l1PollsPerBlock = 10

/** What all nodes see of L1 for the time of an L1 block, when the fork that lost has come as far as `old`. */
type Turns = (given: Simulated<'sequencer', string>, old: Hash) => Promise<void>

const l1BlockMs = parameters.l1BlockTime * 1_000
const install = ({ nodes, point }: Simulated<'sequencer', string>, fault: Fault) =>
  Promise.all(nodes.map(({ name }) => point(`${name as 'sequencer'}→l1`).install(fault, { optional: true })))

/** The old fork, and then not. */
const every =
  (ms: number): Turns =>
  async (given, old) => {
    const { clock, failed } = given.world
    for (let passedMs = 0; passedMs < l1BlockMs; passedMs += 2 * ms) {
      const shown = await install(given, faults.shows(old))
      await clock.sleep(ms, failed)
      await Promise.all(shown.map((fault) => fault.remove()))
      await clock.sleep(ms, failed)
    }
  }
const throughout =
  (fault: (old: Hash) => Fault): Turns =>
  async (given, old) => {
    const { clock, failed } = given.world
    const shown = await install(given, fault(old))
    await clock.sleep(l1BlockMs, failed)
    await Promise.all(shown.map((one) => one.remove()))
  }

/** Twenty seconds of two forks in turn, then the new one for good. */
async function twoForksInTurn(given: Simulated<'sequencer', string>, turns: Turns): Promise<void> {
  const { sequencer, nodes, l1, world } = given
  await Promise.all(nodes.map((node) => node.reached('localSafe', 8)))
  const before = resetsOf(given)
  let [highest, rewinds] = [0n, 0]
  const end = world.cls.get('sequencer')!.status.onObservation(({ status: { unsafeL2 } }) => {
    if (unsafeL2.number < highest) rewinds++
    highest = unsafeL2.number
  })
  await l1.reorg((await l1.head()).number - 1n, { as: 'winner' })
  for (let block = 0; block < 10; block++) {
    // The fork that will lose goes on as well.
    await l1.switchTo('main')
    await l1.mine()
    const { hash } = await l1.head()
    await l1.switchTo('winner')
    await turns(given, hash)
  }
  end()
  const during = more(resetsOf(given), before)
  expect(Math.max(...during), `resets ${during}`).toBeLessThanOrEqual(2)
  expect(rewinds).toBeLessThanOrEqual(1)

  const wonMs = world.clock.nowMs()
  await Promise.all(nodes.map((node) => node.originsCanonical()))
  expect(world.clock.nowMs() - wonMs).toBeLessThan(6_000)
  const unsafe = await sequencer.head('unsafe')
  await Promise.all(nodes.map((node) => node.reached('localSafe', unsafe.number + 5n)))
}

describe('an L1 that shows two forks in turn: no storm of resets, and one chain once one fork wins', () => {
  it.each<[string, Turns]>([
    ['at every call', throughout((old) => faults.alternates(old, 'canonical'))],
    ['at every poll', every(250)],
    ['every second', every(1_000)],
  ])('%s', (_, turns) =>
    simulated({ topology: pair, l1PollsPerBlock }, (given) => twoForksInTurn(given, turns)),
  )

  it.each(['1', '2', '3'])('by luck, seed %s', (seed) => {
    const luck = throughout((old) => faults.shows(old).withProbability(1 / 2))
    return simulated({ topology: alone, seed, l1PollsPerBlock }, (given) => twoForksInTurn(given, luck))
  })
})

describe('an L1 that shows a fork from below what is finalized', () => {
  it('ends no node when it goes back to the other one soon', () =>
    simulated({ topology: pair }, async (given) => {
      const { reference, nodes, l1, events, until } = given
      await Promise.all(nodes.map((node) => node.reachedL1('finalized', 2)))
      const [finalized, before] = [await reference.head('finalized'), resetsOf(given)]
      await l1.reorg(1n, { as: 'other' })
      await until('a reset finds finalized orphaned', () =>
        nodes.every(({ name }) => logged(events, name, /it has not spoken with one voice/).length > 0),
      )
      expect(nodes.map(({ running }) => running)).toEqual([true, true])
      expect(await reference.head('finalized')).toEqual(finalized)

      await l1.switchTo('main')
      const unsafe = await reference.head('unsafe')
      await Promise.all(nodes.map((node) => node.reached('localSafe', unsafe.number + 5n)))
      await Promise.all(nodes.map((node) => node.originsCanonical()))
      expect(resetsOf(given)).not.toEqual(before)
    }))
})

describe('a reorg that L1 shows with one voice', () => {
  it('is acted on at the second poll, once', () =>
    simulated({ topology: pair }, async (given) => {
      const { sequencer, nodes, l1, point, world, events } = given
      await Promise.all(nodes.map((node) => node.reached('localSafe', 8)))
      const before = resetsOf(given)
      const { orphaned, replaced } = await l1.reorg((await l1.head()).number - 1n)
      expect(orphaned).toHaveLength(2)
      const forkedMs = world.clock.nowMs()
      const looks = new Map<string, number[]>()
      for (const { name } of nodes) {
        const seen: number[] = []
        looks.set(name, seen)
        const watching = faults.replaceResult((result, { params }) => {
          if (params[0] === 'latest') seen.push(world.clock.nowMs())
          return result
        })
        await point(`${name as 'sequencer'}→l1`).install(watching.to('eth_getBlockByNumber'), {
          optional: true,
        })
      }
      expect(replaced.length).toBeGreaterThan(0)
      const head = await sequencer.head('unsafe')
      await Promise.all(nodes.map((node) => node.originsCanonical()))
      for (const { name } of nodes) {
        const [first = 0, second = 0, third = Number.POSITIVE_INFINITY] = looks.get(name)!
        expect(first).toBeGreaterThanOrEqual(forkedMs)
        const [reset] = logged(events, name, /^engine reset /).slice(before[0])
        expect(reset?.t).toBeGreaterThanOrEqual(second)
        expect(reset?.t).toBeLessThan(third)
      }
      await Promise.all(nodes.map((node) => node.reached('localSafe', head.number + 5n)))
      expect(more(resetsOf(given), before)).toEqual([1, 1])
    }))
})

describe('a verifier whose L1 took another fork than that of the sequencer', () => {
  /** The sequencer stays on the old fork. */
  async function goApart({ sequencer, verifier, l1, point }: Simulated<'sequencer' | 'verifier', string>) {
    await verifier.reached('localSafe', 8)
    const { number } = await l1.head()
    await point('sequencer→l1').install(faults.shows(0))
    const { orphaned } = await l1.reorg(number - 1n)
    await verifier.originsCanonical()
    return { old: orphaned.at(-1)!.hash, left: await sequencer.head('unsafe') }
  }

  it('leaves the orphaned chain once, is not brought back to it by gossip, and derives its own', () =>
    simulated({ topology: apart }, async (given) => {
      const { sequencer, verifier, l1, events, world } = given
      const stale: unknown[] = []
      const { left } = await goApart(given)
      const before = resetsOf(given)
      world.cls.get('verifier')!.status.onObservation(({ status }) => {
        if (!l1.isCanonical(status.unsafeL2.l1Origin)) stale.push(status.unsafeL2)
      })
      await sequencer.reached('unsafe', left.number + 26n)
      expect(stale).toEqual([])
      expect(logged(events, 'verifier', /own L1 has another block than/)).not.toEqual([])
      // The window of what was never batched on this fork ends: the blocks that everybody can make are derived.
      await verifier.reached('localSafe', left.number + 1n)
      expect(stale).toEqual([])
      expect(more(resetsOf(given), before)[1]).toBe(0)
      expect(logged(events, 'verifier', /^engine reset .*L1 reorg/)).toHaveLength(1)
    }))

  it('takes what it did not drop when its L1 comes back', () =>
    simulated({ topology: apart }, async (given) => {
      const { sequencer, verifier, point } = given
      const { old } = await goApart(given)
      await point('verifier→l1').install(faults.shows(old))
      const { number } = await sequencer.head('unsafe')
      await verifier.reached('unsafe', number + 5n)
      await verifier.holds(await sequencer.head('unsafe'))
    }))
})
