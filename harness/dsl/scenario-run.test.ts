import { beforeEach, describe, expect, it } from 'vitest'
import { zeroL1BlockRef } from '../../node/protocol/refs.ts'
import { faults } from '../faults/vocabulary.ts'
import type { WorldFactory } from '../world/world.ts'
import { ScenarioFailure, ScenarioInconclusive } from './failure.ts'
import type { Fixtures } from './fixtures.ts'
import { ScenarioTimeout } from './run-failure.ts'
import { endOfFailure } from './scenario-record.ts'
import { runScenario, type ScenarioRunOptions, type ScenarioVerdict } from './scenario-run.ts'
import { fakeHash } from './testing/fake-hash.ts'
import { fakeL1Genesis } from './testing/fake-l1.ts'
import { createFakeWorld, type FakeWorld } from './testing/fake-world.ts'

type Names = 'sequencer' | 'reference' | 'follower'
type Body = (fixtures: Fixtures<Names>) => Promise<void>

let world: FakeWorld
let late: AbortController
beforeEach(() => {
  late = new AbortController()
  world = createFakeWorld(late.signal)
})

const startWorld: WorldFactory = async ({ onEvent = () => {} }) => {
  world.events.subscribe(onEvent)
  world.events.record({ kind: 'reach', mark: 'booted', node: 'follower' })
  showEvidence()
  return world
}

/** The same, with a follower that tells no `currentL1`. */
const withoutCurrentL1: WorldFactory = async () => {
  showEvidence(['sequencer', 'reference'])
  return world
}

/** What boots in a real world: statuses, answers of the source and forkchoice updates, for the invariants. */
function showEvidence(withCurrentL1 = Object.keys(world.controls)): void {
  const block = (number: number) => ({ number, hash: fakeHash(number) })
  const origin = { number: 0, hash: fakeL1Genesis.hash }
  const at = (number: number) => ({ ...block(number), origin })
  const heads = { unsafe: at(1), localSafe: at(1), crossSafe: at(1), finalized: at(1), currentL1: origin }
  for (const [name, control] of Object.entries(world.controls)) {
    control.set({ unsafe: 1, localSafe: 1, crossSafe: 1, finalized: 1 })
    if (withCurrentL1.includes(name))
      control.setStatus({ currentL1: { ...zeroL1BlockRef, ...fakeL1Genesis } })
    const answer = { kind: 'source', outcome: 'ok', durationMs: 1, heads } as const
    if (name !== 'reference') world.events.record({ ...answer, follower: name, source: 'reference' })
    const { hash } = block(1)
    const update = { kind: 'engine', method: 'engine_forkchoiceUpdatedV3', outcome: 'ok' } as const
    const link = `${name}→${name}-el(engine)`
    world.events.record({
      ...update,
      durationMs: 1,
      link,
      heads: { unsafe: hash, safe: hash, finalized: hash },
    })
  }
}
const slow = faults.slow(9)

/** The verdict, or what was thrown. */
async function run(
  body: Body,
  options: Partial<Pick<ScenarioRunOptions<Names, string>, 'startWorld' | 'needs' | 'expects'>> = {},
): Promise<ScenarioVerdict | Error> {
  const ending = runScenario<Names, string>({
    ...{ startWorld, body, needs: {}, expects: [], onWorld: () => {}, ...options },
    world: { name: 'FollowL2_Fake', topology: world.topology, signal: late.signal },
  }).catch((error: unknown) => error as Error)
  const ended = ending.finally(() => {
    done = true
  })
  let done = false
  while (!done) await world.clock.advance(250)
  return ended
}

/** The first line of a stack: the file, and the text of that line's statement is what the reader sees. */
const pointsHere = /^ScenarioFailure: [\s\S]*?\n\s+at [^\n]*scenario-run\.test\.ts:\d+:\d+/

describe('a scenario that does what cannot be done', () => {
  it('fails at its own line, in its step, with what it did before', async () => {
    const failure = await run(async ({ follower, step, clock }) => {
      await step('the follower is away', async () => {
        await follower.stop()
        await clock.passed({ blocks: 3 })
        await follower.head('unsafe')
      })
    })
    expect(failure).toBeInstanceOf(ScenarioFailure)
    expect(failure).toMatchObject({ facts: { kind: 'call', what: 'follower.head("unsafe") failed' } })
    expect((failure as Error).message).toContain(
      [
        '  found      follower: connection refused',
        '  step       the follower is away',
        '  before     follower: stopped by the scenario 3.0 s ago',
      ].join('\n'),
    )
    expect((failure as Error).stack).toMatch(pointsHere)
    expect(world.end).toMatchObject({ outcome: 'failed' })
  })

  it('says so of a second start, which is no deed', async () => {
    const failure = await run(async ({ follower }) => {
      await follower.el.restart()
      await follower.start()
    })
    expect((failure as Error).message).toContain('follower.start() failed')
    expect((failure as Error).message).toContain('found      follower runs already')
    expect((failure as ScenarioFailure).facts.deeds).toEqual([
      'follower-el: restarted by the scenario 0 ms ago',
    ])
  })

  it('says of a call that a node refuses what it answered', async () => {
    const failure = await run(({ follower }) => follower.startSequencer(`0x${'12'.repeat(32)}`))
    expect((failure as Error).message).toContain(
      'JSON-RPC error -32601: the method admin_startSequencer does not exist',
    )
    expect((failure as Error).stack).toMatch(pointsHere)
  })

  it('makes a failure of any other error too, and names the step that it ended', async () => {
    const failure = await run(({ step }) =>
      step('outer', () =>
        step('inner', () => {
          throw new TypeError('x is not a function')
        }),
      ),
    )
    expect((failure as ScenarioFailure).facts).toMatchObject({
      found: 'x is not a function',
      steps: ['outer › inner'],
    })
    expect((failure as Error).stack).toMatch(pointsHere)
  })

  it('keeps an assertion, with the rows that every failure has under its first line', async () => {
    const failure = await run(({ step }) => step('compare', () => expect(1n).toBe(2n)))
    expect(failure).toMatchObject({ name: 'AssertionError', actual: 1n, expected: 2n })
    const { message } = failure as Error
    expect(message).toMatch(
      /^expected 1n to be 2n[^\n]*\n\n {2}expected {3}2n\n {2}found {6}1n\n {2}step {7}compare\n\n {2}node [\s\S]*\n {2}reproduce {2}npx/,
    )
    // The report reads it from the end of the timeline.
    expect(world.end).toEqual({ outcome: 'failed', message })
    expect(endOfFailure(failure, { directory: null, clients: {} }).failure).toMatchObject({
      ...{ expected: '2n', found: '1n', step: 'compare' },
    })
  })

  it('says what an assertion found that compares no two values', async () => {
    const failure = await run(async () => expect.fail('nothing came\nafter all'))
    expect((failure as Error).message).toMatch(
      /^nothing came\n\n {2}expected {3}the assertion to hold\n {2}found {6}after all\n/,
    )
  })
})

describe('a scenario that ends well', () => {
  it('passes', async () => {
    expect(await run(({ clock }) => clock.passed({ blocks: 1 }))).toEqual({ outcome: 'passed' })
    expect(world.end).toEqual({ outcome: 'passed' })
  })

  it('goes on until a node has published what it is judged by', async () => {
    let through = false
    const ending = run(
      async () => {
        through = true
      },
      { startWorld: withoutCurrentL1 },
    )
    await world.clock.advance(1_000)
    expect([through, world.end]).toEqual([true, null])
    world.controls.follower.setStatus({ currentL1: { ...zeroL1BlockRef, ...fakeL1Genesis } })
    expect(await ending).toEqual({ outcome: 'passed' })
  })

  it('is inconclusive when a node never publishes what it is judged by', async () => {
    const ended = await run(async () => {}, { startWorld: withoutCurrentL1 })
    expect((ended as ScenarioInconclusive).missing).toEqual([
      'the invariant current-l1-from-source was never evaluated on follower, which ran',
    ])
  })

  it('is inconclusive without its reach marks, and says which', async () => {
    const ended = await run(
      async ({ reached, clock }) => {
        await clock.passed({ blocks: 1 })
        reached('orphaned safe block was followed')
        world.events.record({ kind: 'reach', mark: 'follow case 1', node: 'follower' })
      },
      { expects: ['booted', 'follow case 1', 'follow case 4', 'orphaned safe block was followed'] },
    )
    expect(ended).toBeInstanceOf(ScenarioInconclusive)
    expect((ended as ScenarioInconclusive).missing).toEqual([
      '“follow case 4” was not reached; reached: booted, orphaned safe block was followed, follow case 1',
    ])
    expect(world.end).toMatchObject({ outcome: 'inconclusive' })
  })

  it('is inconclusive when a fault never hit, or stood behind another', async () => {
    const ended = await run(async ({ point, clock }) => {
      await clock.passed({ blocks: 1 })
      await point('follower→l1').install(slow, { optional: true })
      await point('sequencer→reference').install(slow)
      const hidden = await point('follower→reference').install({ ...slow, name: 'hidden' })
      const newer = await point('follower→reference').install({ ...slow, name: 'newer' })
      world.points.hit('follower→reference')
      expect([hidden.hits, newer.hits]).toEqual([0, 1])
      await newer.remove()
    })
    expect((ended as ScenarioInconclusive).missing).toEqual([
      'the fault slow(9 ms) on sequencer→reference never hit',
      'the fault hidden on follower→reference never hit: a newer fault there decided all 1 times',
    ])
    expect((ended as Error).message).toContain('fault on follower→reference: hidden (0 hits)')
  })
})

describe('a scenario that waits for a fault', () => {
  it('goes on as soon as it hit so often', async () => {
    let hits = -1
    const ended = await run(async ({ point, clock }) => {
      await using fault = await point('follower→reference').install(slow)
      const waiting = fault.hit(2).then(() => {
        hits = fault.hits
      })
      for (let times = 0; times < 3; times++) {
        await clock.passed({ blocks: 1 })
        world.points.hit('follower→reference')
      }
      await waiting
    })
    expect(ended).toEqual({ outcome: 'passed' })
    expect(hits).toBe(2)
    expect(world.points.get('follower→reference').faults).toEqual([])
  })

  it('fails when it never comes', async () => {
    const failure = await run(async ({ point }) => (await point('follower→l1').install(slow)).hit())
    expect((failure as Error).message).toContain('follower→l1: slow(9 ms) hits: no progress')
  })
})

describe('a scenario that waits for a fault that cannot hit any more', () => {
  it.each<{ why: string; body: Body }>([
    {
      why: '0 hits, 0 of a newer fault; it was removed',
      async body({ point }) {
        const fault = await point('follower→l1').install(slow, { optional: true })
        await fault.remove()
        await fault.hit()
      },
    },
    {
      why: '0 hits, 0 of a newer fault; it strikes 2 times at most',
      body: async ({ point }) =>
        (await point('follower→l1').install(slow.times(2), { optional: true })).hit(3),
    },
  ])('fails at once: $why', async ({ why, body }) => {
    const failure = await run(body)
    expect((failure as ScenarioFailure).facts).toMatchObject({ kind: 'impossible', found: why })
  })
})

describe('a client that cannot do what is needed', () => {
  it('skips the scenario, for what it says it needs', async () => {
    let ran = false
    const verdict = await run(
      async () => {
        ran = true
      },
      { needs: { follower: ['metrics', 'safe-head-db'] } },
    )
    expect(verdict).toEqual({
      outcome: 'skipped',
      reason: 'follower is lockstep-node, which cannot do this: safe-head-db',
    })
    expect([ran, world.end?.outcome]).toEqual([false, 'stopped'])
  })

  it.each<{ name: string; body: Body }>([
    { name: 'metrics', body: async ({ follower }) => void (await follower.metrics()) },
    { name: 'gossip-control', body: ({ follower }) => follower.network.isolate() },
    { name: 'gossip-control', body: ({ network }) => network.cut('reference', 'follower') },
    { name: 'admin', body: ({ follower }) => follower.startSequencer() },
    {
      name: 'skewClock',
      body: async ({ point }) => void (await point('follower').install(faults.clockSkew(9))),
    },
    {
      name: 'relocate',
      body: async ({ point }) => void (await point('follower').install(faults.restart({ newPort: true }))),
    },
  ])('skips it at the call that needs $name', async ({ name, body }) => {
    for (const node of Object.values(world.controls)) node.capabilities.clear()
    expect(await run(body)).toMatchObject({ outcome: 'skipped', reason: expect.stringContaining(name) })
  })
})

describe('a scenario that hangs', () => {
  it('ends with what it waited for, and in which step', async () => {
    const ending = run(({ follower, step }) =>
      step('catch up', async () => {
        setImmediate(() => late.abort(new ScenarioTimeout(90_000)))
        await follower.reached('unsafe', 5)
      }),
    )
    const failure = (await ending) as ScenarioFailure
    expect(failure.facts).toMatchObject({
      kind: 'late',
      what: 'the scenario took longer than 90.0 s',
      found: 'it waits: follower: unsafe reaches 5',
      steps: ['catch up'],
    })
  })

  it('ends although its body listens to nothing', async () => {
    const ending = run(({ step }) =>
      step('sleep', () => {
        setImmediate(() => late.abort(new ScenarioTimeout(90_000)))
        return new Promise(() => {})
      }),
    )
    expect(await ending).toMatchObject({
      facts: { found: 'it waits for something of its own', steps: ['sleep'] },
    })
  })
})
