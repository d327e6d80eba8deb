import { test } from 'vitest'
import type { ChainParameters } from '../genesis/chain-parameters.ts'
import { watchInvariants } from '../invariants/monitor.ts'
import type { Topology } from '../world/topology.ts'
import type { World, WorldEnd, WorldFactory } from '../world/world.ts'
import { runAnnotation } from './annotation.ts'
import { ScenarioFailure } from './failure.ts'
import { createFixtures, type Fixtures } from './fixtures.ts'
import { scenarioMs } from './limits.ts'
import { createRun, type Run } from './run.ts'

export interface ScenarioOptions<Cl extends string> {
  readonly topology: Topology<Cl>
  /** Overrides of the topology's parameters. */
  readonly parameters?: Partial<ChainParameters>
  /**
   * What does not run at first: `l1` (no block production), `batcher`, a sequencing node (it builds nothing), or any other
   * node (start its `el`, then it).
   */
  readonly stopped?: readonly (NoInfer<Cl> | 'l1' | 'batcher')[]
  /** Why it cannot run on this machine; it is then reported as skipped, for that reason. */
  readonly skip?: string | null
  /** Where it runs. Default: what `LOCKSTEP_WORLD` says, or else `live`. */
  readonly world?: string
}

/** Teardown waits this long for processes that do not listen. */
const teardownMs = 60_000

/** Chooses the world of a scenario that does not say one itself. */
const worldVariable = 'LOCKSTEP_WORLD'
const defaultWorld = 'live'

/** Declares a scenario as a test of its own. See `harness/scenario.ts`. */
export type Scenario = <const Cl extends string>(
  name: string,
  options: ScenarioOptions<Cl>,
  body: (fixtures: Fixtures<Cl>) => Promise<void>,
) => void

/** What declares scenarios in these worlds. */
export function createScenario(worlds: Readonly<Record<string, WorldFactory>>): Scenario {
  return (name, options, body) => {
    const chosen = options.world ?? process.env[worldVariable] ?? defaultWorld
    const startWorld = worlds[chosen]
    if (startWorld === undefined)
      throw new Error(`${name}: expected a world of ${Object.keys(worlds).join(', ')}, found ${chosen}`)
    const parameters = { ...options.topology.parameters, ...options.parameters }
    test(name, { timeout: scenarioMs(parameters) }, async ({ annotate, onTestFinished, signal, skip }) => {
      if (typeof options.skip === 'string') skip(options.skip)
      let world: World | undefined
      let end: WorldEnd = { outcome: 'stopped', message: 'the runner ended the scenario' }
      // Also when the runner gives up on the body: then this is all that still runs.
      onTestFinished(() => world?.stop(end), teardownMs)
      world = await startWorld({
        name,
        topology: options.topology,
        ...(options.parameters === undefined ? {} : { parameters: options.parameters }),
        ...(options.stopped === undefined ? {} : { stopped: options.stopped }),
        signal,
        onArtefacts: (where) => void annotate(where, runAnnotation),
      })
      const unwatch = watchInvariants(world)
      const run = createRun(world, name)
      try {
        await Promise.race([body(createFixtures(run, options.topology)), run.failure])
        // What the last observations show counts too.
        await unwatch()
        if (world.failed.aborted) await run.failure
        end = { outcome: 'passed' }
      } catch (error) {
        end = { outcome: 'failed', message: error instanceof Error ? error.message : String(error) }
        throw explain(error, run)
      } finally {
        await unwatch()
        await world.stop(end)
      }
    })
  }
}

/** An assertion of the scenario itself knows nothing of the devstack: its message gets what a failed wait has. */
function explain(error: unknown, run: Run): unknown {
  if (error instanceof ScenarioFailure || !(error instanceof Error)) return error
  const { state, reproduce, artefacts } = run.describe()
  error.message += `\n\n${state}\n\nreproduce  ${reproduce}\nartefacts  ${artefacts}`
  return error
}
