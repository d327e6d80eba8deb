import { relative } from 'node:path'
import { InvariantViolation } from '../invariants/invariant.ts'
import { nodeTable } from '../report/node-table.ts'
import type { System } from '../world/live/system.ts'
import { ScenarioFailure } from './failure.ts'
import { limitsFor, type WaitLimits, type Watched } from './limits.ts'
import { type WaitContext, type WaitOptions, wait } from './wait.ts'

/** A system with the waits that belong to it. */
export interface Run {
  readonly system: System
  wait<T>(options: WaitOptions<T>): Promise<T>
  /** Limits from this run's block times. */
  limits(watched: Watched, blocks?: bigint): WaitLimits
  /** The parts of a failure that do not depend on what failed. */
  describe(): ReturnType<WaitContext['describe']>
  /** A failure because something was observed that must never be. */
  violation(what: string, expected: string, found: string): ScenarioFailure
  /** Resolves never; rejects with a ScenarioFailure as soon as the run fails. */
  readonly failure: Promise<never>
}

/** Gives a system its waits. `name` is the scenario's, for the command that reproduces it. */
export function createRun(system: System, name: string): Run {
  let waits = 0
  const describe = () => ({
    state: stateOf(system),
    reproduce: `npx lockstep accept ${quote(name)}`,
    artefacts: relative(process.cwd(), system.directory.path) || '.',
  })
  const context: WaitContext = {
    clock: system.clock,
    events: system.events,
    pollMs: (system.parameters.l2BlockTime * 1000) / 4,
    failed: system.failed,
    failure: () => toFailure(system.failed.reason, describe()),
    nextId: () => ++waits,
    describe,
  }
  const failure = new Promise<never>((_, reject) => {
    const onAbort = () => reject(context.failure())
    if (system.failed.aborted) onAbort()
    else system.failed.addEventListener('abort', onAbort, { once: true })
  })
  // Nobody may be listening when the run fails; whoever listens gets the failure all the same.
  failure.catch(() => {})
  return {
    system,
    wait: (options) => wait(context, options),
    limits: (watched, blocks) => limitsFor(system.parameters, watched, blocks),
    describe,
    violation: (what, expected, found) =>
      new ScenarioFailure({ kind: 'violated', what, expected, found, ...describe() }, new Error()),
    failure,
  }
}

/** What ended a run from outside its waits, as a failure with the state of that moment. */
function toFailure(reason: unknown, description: ReturnType<WaitContext['describe']>): ScenarioFailure {
  if (reason instanceof ScenarioFailure) return reason
  if (reason instanceof InvariantViolation)
    return new ScenarioFailure({
      kind: 'violated',
      what: `invariant ${reason.invariant} violated`,
      expected: reason.rule,
      found: reason.found,
      ...description,
      cause: reason,
    })
  const error = reason instanceof Error ? reason : new Error(String(reason))
  const [what = '', ...rest] = error.message.split('\n')
  return new ScenarioFailure({
    kind: 'component',
    what,
    expected: 'every component to run until the scenario ends',
    found: rest.length === 0 ? what : rest.join('\n'),
    ...description,
    cause: error,
  })
}

/** Every node's heads, L1, and the faults that stand. */
function stateOf(system: System): string {
  const { head } = system.l1View
  const { safe, finalized } = system.l1.controller.labels()
  const faults = [...system.links.values()].flatMap((link) =>
    link.point.faults.map(
      ({ fault, hits, shadowed }) =>
        `fault on ${link.name}: ${fault.name} (${hits} hits${shadowed === 0 ? '' : `, ${shadowed} behind a newer one`})`,
    ),
  )
  return [
    nodeTable(
      [...system.cls.values()].map(({ status }) => status),
      system.clock.nowMs(),
    ),
    `l1 head ${head.number}, safe ${safe}, finalized ${finalized}, production ${system.l1.controller.producing ? 'on' : 'off'}`,
    ...faults,
  ].join('\n')
}

function quote(name: string): string {
  return /^[\w-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`
}
