import { test } from 'vitest'
import type { ChainParameters } from '../genesis/chain-parameters.ts'
import { watchInvariants } from '../invariants/monitor.ts'
import { type System, type SystemEnd, startSystem } from '../world/live/system.ts'
import type { Topology } from '../world/topology.ts'
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
  /**
   * Engines and nodes that the scenario kills or pauses: each gets a process of its own. What is not under test shares
   * one otherwise.
   */
  readonly ownProcess?: readonly string[]
  /** Why it cannot run on this machine; it is then reported as skipped, for that reason. */
  readonly skip?: string | null
}

/** Teardown waits this long for processes that do not listen. */
const teardownMs = 60_000

/**
 * Declares a scenario: a test with a devstack of its own, which is booted before `body` and is gone after it. All
 * invariants are checked all the time; a violation ends the scenario at once.
 *
 * @example
 * scenario('FollowerCatchesUp', { topology: twoVerifiersFollowing }, async ({ reference, follower }) => {
 *   await reference.advanced('localSafe', 3)
 *   await follower.inSync(reference, 'localSafe')
 * })
 */
export function scenario<const Cl extends string>(
  name: string,
  options: ScenarioOptions<Cl>,
  body: (fixtures: Fixtures<Cl>) => Promise<void>,
): void {
  const parameters = { ...options.topology.parameters, ...options.parameters }
  test(name, { timeout: scenarioMs(parameters) }, async ({ annotate, onTestFinished, signal, skip }) => {
    if (typeof options.skip === 'string') skip(options.skip)
    let system: System | undefined
    let end: SystemEnd = { outcome: 'stopped', message: 'the runner ended the scenario' }
    // Also when the runner gives up on the body: then this is all that still runs.
    onTestFinished(() => system?.stop(end), teardownMs)
    system = await startSystem({
      name,
      topology: options.topology,
      ...(options.parameters === undefined ? {} : { parameters: options.parameters }),
      ...(options.stopped === undefined ? {} : { stopped: options.stopped }),
      ...(options.ownProcess === undefined ? {} : { ownProcess: options.ownProcess }),
      signal,
      onDirectory: (directory) => void annotate(directory.path, runAnnotation),
    })
    const unwatch = watchInvariants(system)
    const run = createRun(system, name)
    try {
      await Promise.race([body(createFixtures<Cl>(run)), run.failure])
      // What the last observations show counts too.
      await unwatch()
      if (system.failed.aborted) await run.failure
      end = { outcome: 'passed' }
    } catch (error) {
      end = { outcome: 'failed', message: error instanceof Error ? error.message : String(error) }
      throw explain(error, run)
    } finally {
      await unwatch()
      await system.stop(end)
    }
  })
}

/** An assertion of the scenario itself knows nothing of the devstack: its message gets what a failed wait has. */
function explain(error: unknown, run: Run): unknown {
  if (error instanceof ScenarioFailure || !(error instanceof Error)) return error
  const { state, reproduce, artefacts } = run.describe()
  error.message += `\n\n${state}\n\nreproduce  ${reproduce}\nartefacts  ${artefacts}`
  return error
}
