import { describe, expect, it } from 'vitest'
import type { Fixtures } from '../../dsl/fixtures.ts'
import { runScenario } from '../../dsl/scenario-run.ts'
import type { WorldEvent } from '../../events/event.ts'
import { firstDifference } from '../../first-difference.ts'
import { twoVerifiersFollowing } from '../../topologies.ts'
import { type SimWorldOptions, startSimWorld } from './sim-world.ts'
import type { ScheduleStep } from './virtual-clock.ts'

type Cl = keyof typeof twoVerifiersFollowing.cls
type El = keyof typeof twoVerifiersFollowing.els

/** Everything that a run tells, and in what order its timers fired. */
async function run(
  seed: string,
  body: (fixtures: Fixtures<Cl, El>) => Promise<void>,
  over: Pick<SimWorldOptions, 'engine' | 'callsAsText'> = {},
) {
  const events: WorldEvent[] = []
  const steps: ScheduleStep[] = []
  const verdict = await runScenario<Cl, El>({
    startWorld: (options) =>
      startSimWorld({
        ...options,
        ...over,
        seed,
        onStep: (step) => steps.push(step),
        onEvent(event) {
          events.push(event)
          options.onEvent?.(event)
        },
      }),
    world: { name: 'determinism', topology: twoVerifiersFollowing },
    needs: {},
    expects: [],
    body,
    onWorld: () => {},
  })
  expect(verdict).toEqual({ outcome: 'passed' })
  return {
    events: events.map((event) => JSON.stringify(event)),
    steps: steps.map((step) => JSON.stringify(step)),
  }
}

/** A reorg that orphans what became safe, gossip cut and healed, and a follower that is restarted. */
async function eventful({ reference, follower, l1, step }: Fixtures<Cl, El>): Promise<void> {
  await step('follow', () => follower.reached('localSafe', 3))
  await step('cut off', () => follower.network.isolate())
  await step('reorg', async () => {
    const head = await l1.block('latest')
    await l1.reorg(head)
  })
  await step('heal', () => follower.network.rejoin())
  await step('restart', async () => {
    await follower.stop()
    await follower.start()
  })
  await step('follow on', async () => {
    await reference.advanced('localSafe', 3)
    await follower.inSync(reference, 'localSafe')
  })
}

describe('a simulated world', () => {
  it('tells byte for byte the same in two runs from one seed', { timeout: 120_000 }, async () => {
    const [first, second] = [await run('7', eventful), await run('7', eventful)]
    expect(firstDifference(first.steps, second.steps)).toBeNull()
    expect(firstDifference(first.events, second.events)).toBeNull()
    expect(first.events.length).toBeGreaterThan(500)
    // Keys come from the seed: another one is another run.
    const other = await run('8', async ({ follower }) => void (await follower.reached('unsafe', 1)))
    expect(firstDifference(first.events, other.events)).not.toBeNull()
  })

  it('tells the same whether calls are text or not', { timeout: 120_000 }, async () => {
    const [text, values] = [await run('7', eventful, { callsAsText: true }), await run('7', eventful)]
    expect(firstDifference(text.steps, values.steps)).toBeNull()
    expect(firstDifference(text.events, values.events)).toBeNull()
  })

  it('has blocks of its own with the model engine, and tells the same twice', {
    timeout: 120_000,
  }, async () => {
    const over = { engine: 'model' } as const
    const [first, second] = [await run('7', eventful, over), await run('7', eventful, over)]
    expect(firstDifference(first.steps, second.steps)).toBeNull()
    expect(firstDifference(first.events, second.events)).toBeNull()
  })

  // Reads the trusted setup of KZG first, on a machine that may be busy.
  it('tells the same with batches in blobs, be calls text or not', { timeout: 180_000 }, async () => {
    const withBlobs: typeof eventful = (fixtures) => {
      fixtures.batcher.useBlobs()
      return eventful(fixtures)
    }
    const [first, second, text] = [
      await run('7', withBlobs),
      await run('7', withBlobs),
      await run('7', withBlobs, { callsAsText: true }),
    ]
    for (const other of [second, text]) {
      expect(firstDifference(first.steps, other.steps)).toBeNull()
      expect(firstDifference(first.events, other.events)).toBeNull()
    }
    expect(first.events.some((event) => event.includes('/eth/v1/beacon/blobs/'))).toBe(true)
  })

  it('says why a topology is not simulated', async () => {
    const verdict = await runScenario({
      startWorld: startSimWorld,
      world: {
        name: 'foreign',
        topology: {
          ...twoVerifiersFollowing,
          els: { ...twoVerifiersFollowing.els, 'follower-el': { kind: 'op-geth' } },
        },
      },
      ...{ needs: {}, expects: [], onWorld: () => {} },
      body: async () => {},
    })
    expect(verdict).toEqual({
      outcome: 'skipped',
      reason: 'op-geth is a program, and a simulated world runs none',
    })
  })
})
