import type { Clock } from '../../node/ports/clock.ts'
import type { WorldEvent } from '../events/event.ts'
import { createProgress } from '../report/progress.ts'
import { ScenarioFailure } from './failure.ts'
import type { Run } from './run.ts'

/** The longest that a scenario may take, and what it does meanwhile. */
export interface Deadline {
  /** Aborts when the time is up, with an error that says what the scenario waited for. */
  readonly signal: AbortSignal
  /** The innermost step that runs. */
  readonly step: string | null
  /** From here on the failure can tell the state of every node. */
  watch(run: Run, subscribe: (listener: (event: WorldEvent) => void) => unknown): void
  end(): void
}

/** Starts the clock of a scenario, before its devstack boots. */
export function startDeadline(clock: Clock, limitMs: number): Deadline {
  const expired = new AbortController()
  const ended = new AbortController()
  const progress = createProgress()
  let run: Run | null = null

  clock
    .sleep(limitMs, ended.signal)
    .then(() => expired.abort(lateFailure()))
    // It ended in time.
    .catch(() => {})

  function lateFailure(): Error {
    const limit = `${(limitMs / 1000).toFixed(0)} s`
    if (run === null)
      return new Error(`the devstack had not booted when the scenario's ${limit} were over (--timeout)`)
    const doing = [
      ...(progress.step === null ? [] : [`in the step "${progress.step}"`]),
      ...progress.waits.map((what) => `waiting for ${what}`),
    ]
    return new ScenarioFailure({
      kind: 'late',
      what: `the scenario did not end within ${limit}`,
      expected: `its end within ${limit} (--timeout SECONDS gives it another limit)`,
      found: doing.length === 0 ? 'it still ran, in no step and in no wait' : doing.join('\n'),
      ...run.describe(),
    })
  }
  return {
    signal: expired.signal,
    get step() {
      return progress.step
    },
    watch(started, subscribe) {
      run = started
      subscribe((event) => void progress.add(event))
    },
    end: () => ended.abort(new Error('the scenario has ended')),
  }
}
