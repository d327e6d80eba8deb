import { relative } from 'node:path'
import { exitCode } from './exit-code.ts'
import type { ScenarioOutcome } from './scenario-outcome.ts'

/** What a whole run of `lockstep accept` came to. */
export interface AcceptResult {
  readonly outcomes: readonly ScenarioOutcome[]
  /** How many outcomes there had to be. */
  readonly expected: number
  readonly rounds: number
  readonly interrupted: boolean
  /** What ran when it was interrupted. */
  readonly running: readonly string[]
  readonly wallMs: number
  /** Errors that belong to no scenario. */
  readonly errors: readonly string[]
}

export interface AcceptTotals {
  readonly passed: number
  readonly failed: number
  /** Failed as is known of a client in a slot. */
  readonly known: number
  readonly inconclusive: number
  readonly skipped: number
  /** Selected, and without an outcome: its process crashed. */
  readonly lost: number
}

export function totalsOf({ outcomes, expected, interrupted }: AcceptResult): AcceptTotals {
  const count = (wanted: ScenarioOutcome['outcome']) =>
    outcomes.filter(({ outcome }) => outcome === wanted).length
  return {
    passed: count('passed'),
    // A scenario that was interrupted has not failed.
    failed: interrupted ? 0 : count('failed'),
    known: count('known'),
    inconclusive: count('inconclusive'),
    skipped: count('skipped'),
    lost: interrupted ? 0 : Math.max(0, expected - outcomes.length),
  }
}

export function exitCodeOf(result: AcceptResult): number {
  if (result.interrupted) return exitCode.interrupted
  const { failed, inconclusive, lost } = totalsOf(result)
  if (failed > 0 || lost > 0 || result.errors.length > 0) return exitCode.failed
  return inconclusive > 0 ? exitCode.inconclusive : exitCode.passed
}

/** How often and how fast one scenario ran. */
export interface Repetition {
  readonly name: string
  readonly runs: number
  readonly passed: number
  /** It passed and did not pass in one run of the suite. */
  readonly flaky: boolean
  readonly minMs: number
  readonly medianMs: number
  readonly maxMs: number
}

export function repetitionsOf(outcomes: readonly ScenarioOutcome[]): readonly Repetition[] {
  const ran = outcomes.filter(({ outcome }) => outcome !== 'skipped')
  return [...Map.groupBy(ran, ({ name }) => name)].map(([name, runs]) => {
    const times = runs.map(({ durationMs }) => Math.round(durationMs)).sort((a, b) => a - b)
    const passed = runs.filter(({ outcome }) => outcome === 'passed').length
    return {
      name,
      runs: runs.length,
      passed,
      flaky: passed > 0 && passed < runs.length,
      minMs: times[0] ?? 0,
      medianMs: times[Math.floor((times.length - 1) / 2)] ?? 0,
      maxMs: times.at(-1) ?? 0,
    }
  })
}

/** The object of `--json`. */
export function acceptJson(result: AcceptResult, directory: string): object {
  const { lost, failed, ...totals } = totalsOf(result)
  const repetitions = repetitionsOf(result.outcomes)
  return {
    interrupted: result.interrupted,
    ...(result.interrupted ? { running: result.running } : {}),
    ...totals,
    failed: failed + lost,
    wallMs: Math.round(result.wallMs),
    errors: result.errors,
    ...(result.rounds === 1
      ? {}
      : { rounds: result.rounds, flakes: repetitions.filter(({ flaky }) => flaky).length, repetitions }),
    scenarios: result.outcomes.map(({ durationMs, runDirectory, ...scenario }) => ({
      ...scenario,
      durationMs: Math.round(durationMs),
      runDirectory: runDirectory === null ? null : relative(directory, runDirectory),
    })),
  }
}

/** The last lines of the text output. */
export function acceptText(result: AcceptResult): string {
  const { passed, failed, known, inconclusive, skipped, lost } = totalsOf(result)
  const time = `${(result.wallMs / 1000).toFixed(1)} s`
  const repeated =
    result.rounds === 1
      ? []
      : [
          '',
          ...repetitionsOf(result.outcomes).map(
            ({ name, runs, passed: good, flaky, minMs, medianMs, maxMs }) =>
              `${good}/${runs}  ${name}  ${[minMs, medianMs, maxMs].map((ms) => (ms / 1000).toFixed(1)).join(' / ')} s${flaky ? '  flaky' : ''}`,
          ),
          'passed/runs, then the shortest, median and longest time',
        ]
  const total = result.interrupted
    ? `interrupted after ${passed} of ${result.expected} scenarios passed`
    : [
        `${passed} passed`,
        `${failed + lost} failed`,
        ...(known === 0 ? [] : [`${known} failed as known`]),
        ...(inconclusive === 0 ? [] : [`${inconclusive} inconclusive`]),
        ...(skipped === 0 ? [] : [`${skipped} skipped`]),
      ].join(', ')
  return [
    ...repeated,
    '',
    `${total} in ${time}`,
    ...(result.running.length === 0 ? [] : [`running then: ${result.running.join(', ')}`]),
    ...(lost === 0 ? [] : [`${lost} of the failed ended without a result: their process crashed`]),
    '',
  ].join('\n')
}
