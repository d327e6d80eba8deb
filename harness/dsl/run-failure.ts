import { InvariantViolation } from '../invariants/invariant.ts'
import { formatMs } from '../report/node-table.ts'
import type { Activity } from './activity.ts'
import { type FailureSetting, ScenarioFailure } from './failure.ts'

/** The scenario as a whole took longer than it may. */
export class ScenarioTimeout extends Error {
  override readonly name = 'ScenarioTimeout'
  readonly limitMs: number

  constructor(limitMs: number) {
    super(`the scenario took longer than ${formatMs(limitMs)}`)
    this.limitMs = limitMs
  }
}

/** What ended a run from outside its waits, as a failure with the state of that moment. */
export function runFailure(reason: unknown, setting: FailureSetting, activity: Activity): ScenarioFailure {
  if (reason instanceof ScenarioFailure) return reason
  if (reason instanceof InvariantViolation)
    return new ScenarioFailure({
      kind: 'violated',
      what: `invariant ${reason.invariant} violated`,
      expected: reason.rule,
      found: reason.found,
      ...setting,
      cause: reason,
    })
  if (reason instanceof ScenarioTimeout)
    return new ScenarioFailure({
      kind: 'late',
      what: reason.message,
      expected: `the scenario to end within ${formatMs(reason.limitMs)} (another limit: --timeout SECONDS)`,
      found:
        activity.waits.length === 0
          ? 'it waits for something of its own'
          : activity.waits.map((what) => `it waits: ${what}`).join('\n'),
      ...setting,
      cause: reason,
    })
  const error = reason instanceof Error ? reason : new Error(String(reason))
  const [what = '', ...rest] = error.message.split('\n')
  return new ScenarioFailure({
    kind: 'component',
    what,
    expected: 'every component to run until the scenario ends',
    found: rest.length === 0 ? what : rest.join('\n'),
    ...setting,
    cause: error,
  })
}
