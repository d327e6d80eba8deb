import { formatMs, nodeTable } from '../report/node-table.ts'
import { slowestPolls } from '../world/poll-periods.ts'
import type { World } from '../world/world.ts'
import { type Activity, createActivity } from './activity.ts'
import { createEvidence, type Evidence } from './evidence.ts'
import { type FailureSetting, ScenarioFailure } from './failure.ts'
import { limitsFor, type WaitLimits, type Watched } from './limits.ts'
import { runFailure } from './run-failure.ts'
import { type WaitContext, type WaitOptions, wait } from './wait.ts'

/** A world with the waits that belong to it. */
export interface Run {
  readonly world: World
  readonly activity: Activity
  readonly evidence: Evidence
  wait<T>(options: WaitOptions<T>): Promise<T>
  /** Limits from this run's block times. */
  limits(watched: Watched, blocks?: bigint): WaitLimits
  /** The parts of a failure that do not depend on what failed: only what is told `about` it comes first. */
  describe(about?: string): FailureSetting
  /** A failure because something was observed that must never be. */
  violation(what: string, expected: string, found: string): ScenarioFailure
  /** Resolves never; rejects with a ScenarioFailure as soon as the run fails. */
  readonly failure: Promise<never>
}

/** Gives a world its waits. @param reproduce the command that runs the same again. */
export function createRun(world: World, reproduce: string, evidence = createEvidence()): Run {
  let waits = 0
  const polls = slowestPolls([...world.cls.values()].map((node) => node.polls))
  let failed: ScenarioFailure | undefined
  const activity = createActivity(world.events, world.clock)
  const describe = (about?: string): FailureSetting => ({
    steps: [...activity.steps],
    deeds: activity.deeds(about),
    state: stateOf(world, evidence),
    reproduce,
    artefacts: world.artefacts,
  })
  const context: WaitContext = {
    clock: world.clock,
    events: world.events,
    pollMs: (world.parameters.l2BlockTime * 1000) / 4,
    failed: world.failed,
    // What was going on when the run failed; what ends after that is a consequence.
    failure: () => {
      failed ??= runFailure(world.failed.reason, describe(messageOf(world.failed.reason)), activity)
      return failed
    },
    nextId: () => ++waits,
    describe,
  }
  const failure = new Promise<never>((_, reject) => {
    const onAbort = () => reject(context.failure())
    if (world.failed.aborted) onAbort()
    else world.failed.addEventListener('abort', onAbort, { once: true })
  })
  // Nobody may be listening when the run fails; whoever listens gets the failure all the same.
  failure.catch(() => {})
  return {
    world,
    activity,
    evidence,
    wait: (options) => wait(context, options),
    limits: (watched, blocks) => limitsFor(world.parameters, watched, blocks, polls),
    describe,
    violation: (what, expected, found) =>
      new ScenarioFailure(
        { kind: 'violated', what, expected, found, ...describe(`${what} ${expected}`) },
        new Error(),
      ),
    failure,
  }
}

const messageOf = (reason: unknown) => (reason instanceof Error ? reason.message : String(reason))

/** Every node's heads, L1, the faults that stand, and whether the machine kept up. */
function stateOf(world: World, evidence: Evidence): string {
  const { head } = world.l1.view
  const { safe, finalized } = world.l1.controller.labels()
  const { count, longestMs } = evidence.stalls()
  const faults = world.points.names.flatMap((name) =>
    world.points.get(name).faults.map(({ fault, hits }) => `fault on ${name}: ${fault.name} (${hits} hits)`),
  )
  return [
    nodeTable(
      [...world.cls.values()].map(({ status }) => status),
      world.clock.nowMs(),
    ),
    `l1 head ${head.number}, safe ${safe}, finalized ${finalized}, production ${world.l1.controller.producing ? 'on' : 'off'}`,
    ...faults,
    ...(count === 0
      ? []
      : [
          `the runner itself stood still ${count} times, ${formatMs(longestMs)} at most: the machine may be too busy`,
        ]),
  ].join('\n')
}
