import { createFixtures, type Fixtures } from '../../../dsl/fixtures.ts'
import { createRun } from '../../../dsl/run.ts'
import type { WorldEvent } from '../../../events/event.ts'
import { watchInvariants } from '../../../invariants/monitor.ts'
import type { Topology } from '../../topology.ts'
import type { World } from '../../world.ts'
import { type SimWorldOptions, startSimWorld } from '../sim-world.ts'

export type Simulated<Cl extends string, El extends string> = Fixtures<Cl, El> & {
  readonly world: World
  /** All that happened so far. */
  readonly events: readonly WorldEvent[]
  /** Lets time pass, a millisecond at a time, until the condition holds: for what is no wait of the DSL. */
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>
}

const untilMsMax = 60_000

/** No test is about how far behind finality is. */
const finalSoon = { l1SafeDistance: 2, l1FinalizedDistance: 2 }
/** Enough for what is asked here, and a third of the work of a world that looks as often as a live one. */
const pace = { observationsPerBlock: 2, l1PollsPerBlock: 4, batcherPollsPerBlock: 1 }

/**
 * Runs a test of whole nodes in a simulated world, with model engines and under the watch of the invariants. Unlike a
 * scenario it may end before every invariant could be judged: a node that gets nowhere is what some tests are about.
 */
export async function simulated<Cl extends string, El extends string>(
  options: Omit<SimWorldOptions, 'name' | 'topology'> & { readonly topology: Topology<Cl, El> },
  body: (given: Simulated<Cl, El>) => Promise<void>,
): Promise<void> {
  const events: WorldEvent[] = []
  const world = await startSimWorld({
    ...{ name: options.topology.name, seed: '1', engine: 'model', ...pace, ...options },
    parameters: { ...finalSoon, ...options.parameters },
    onEvent: (event) => events.push(event),
  })
  const watch = watchInvariants(world)
  try {
    const run = createRun(world, 'the same test')
    async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
      const endMs = world.clock.nowMs() + untilMsMax
      while (!(await condition())) {
        if (world.clock.nowMs() > endMs) throw new Error(`not within ${untilMsMax} ms: ${what}`)
        await world.clock.sleep(1, world.failed)
      }
    }
    const done = world.within(() => body({ ...createFixtures<Cl, El>(run), world, events, until }))
    await Promise.race([done, run.failure])
  } finally {
    watch.end()
    await world.stop()
  }
}
