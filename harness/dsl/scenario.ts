import { test } from 'vitest'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import type { ChainParameters } from '../genesis/chain-parameters.ts'
import { watchInvariants } from '../invariants/monitor.ts'
import { type System, type SystemEnd, startSystem } from '../world/live/system.ts'
import type { Topology } from '../world/topology.ts'
import { runAnnotation } from './annotation.ts'
import { startDeadline } from './deadline.ts'
import { ScenarioFailure } from './failure.ts'
import { createFixtures, type Fixtures } from './fixtures.ts'
import { scenarioLimitMs } from './limits.ts'
import { createRun, type Run } from './run.ts'
import { describeScenario, endFailureOf } from './scenario-record.ts'

export interface ScenarioOptions<Cl extends string> {
  /** What is true when it passes, in one sentence with a full stop. `lockstep accept --list` and `docs/scenarios.md` show it. */
  readonly claim?: string
  /** Lower-case words joined by hyphens, for `lockstep accept --tag`. */
  readonly tags?: readonly string[]
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
  const limitMs = scenarioLimitMs(parameters)
  const scenario = describeScenario(name, options, limitMs)
  // Only what no deadline of ours can end reaches the runner's own limit.
  const timeout = limitMs + teardownMs
  test(name, { timeout, meta: { scenario } }, async ({ annotate, onTestFinished, signal, skip, task }) => {
    if (typeof options.skip === 'string') skip(options.skip)
    const deadline = startDeadline(createSystemClock(), limitMs)
    let directory: string | null = null
    let system: System | undefined
    let end: SystemEnd = { outcome: 'stopped', message: 'the runner ended the scenario' }
    // Also when the runner gives up on the body: then this is all that still runs.
    onTestFinished(() => system?.stop(end), teardownMs)
    const ended = (error: unknown) => {
      const failure = endFailureOf(error, deadline.step)
      end = { outcome: 'failed', message: failure.what }
      const inconclusive = error instanceof ScenarioFailure && error.facts.kind === 'inconclusive'
      task.meta.scenarioEnd = { outcome: inconclusive ? 'inconclusive' : 'failed', directory, failure }
    }
    try {
      system = await startSystem({
        name,
        topology: options.topology,
        ...(options.parameters === undefined ? {} : { parameters: options.parameters }),
        ...(options.stopped === undefined ? {} : { stopped: options.stopped }),
        signal: AbortSignal.any([signal, deadline.signal]),
        onDirectory: ({ path }) => {
          directory = path
          void annotate(path, runAnnotation)
        },
      })
    } catch (error) {
      deadline.end()
      ended(error)
      throw error
    }
    const unwatch = watchInvariants(system)
    const run = createRun(system, name)
    deadline.watch(run, system.events.subscribe)
    try {
      await Promise.race([body(createFixtures<Cl>(run)), run.failure])
      // What the last observations show counts too.
      await unwatch()
      if (system.failed.aborted) await run.failure
      end = { outcome: 'passed' }
      task.meta.scenarioEnd = { outcome: 'passed', directory, failure: null }
    } catch (error) {
      ended(error)
      throw explain(error, run)
    } finally {
      deadline.end()
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
