import type { ScenarioOutcome } from './scenario-outcome.ts'

/** What all attempts at a scenario in one round came to. */
export interface SettledOutcome extends Omit<ScenarioOutcome, 'outcome'> {
  /** `flaky`: it passed, after an attempt that did not. */
  readonly outcome: ScenarioOutcome['outcome'] | 'flaky'
  /** The attempts before the last. */
  readonly earlier: readonly ScenarioOutcome[]
}

/** One outcome for each scenario and round, in the order in which they began to end. */
export function settle(outcomes: readonly ScenarioOutcome[]): readonly SettledOutcome[] {
  return [...Map.groupBy(outcomes, ({ name, round }) => `${round} ${name}`).values()].flatMap((attempts) => {
    const [last, ...before] = attempts.toReversed()
    if (last === undefined) return []
    const earlier = before.reverse()
    const isFlaky = last.outcome === 'passed' && earlier.length > 0
    return [{ ...last, outcome: isFlaky ? 'flaky' : last.outcome, earlier }]
  })
}

/** Whether nothing is wrong with it that somebody must look at. */
export function isMet({ outcome }: SettledOutcome): boolean {
  return outcome === 'passed' || outcome === 'skipped' || outcome === 'known'
}
