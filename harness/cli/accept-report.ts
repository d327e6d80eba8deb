import { relative } from 'node:path'
import { seedsText } from '../dsl/seeds.ts'
import { exitCode } from './exit-code.ts'
import type { SettledOutcome } from './settled.ts'

/** What ended a run before its end. */
export type EarlyEnd = 'signal' | 'budget' | 'bail'

/** What a whole run of `lockstep accept` came to. */
export interface AcceptResult {
  /** One for each scenario that ended, and round. */
  readonly outcomes: readonly SettledOutcome[]
  /** The names that were to run, once in each round. */
  readonly selected: readonly string[]
  readonly rounds: number
  /** Null when everything had its turn. */
  readonly ended: EarlyEnd | null
  /** What ran when it was ended early. */
  readonly running: readonly string[]
  readonly wallMs: number
  /** Errors that belong to no scenario. */
  readonly errors: readonly string[]
}

export interface AcceptTotals {
  readonly passed: number
  /** Passed, after an attempt that did not. */
  readonly flaky: number
  readonly failed: number
  /** Failed as is known of a client in a slot. */
  readonly known: number
  readonly inconclusive: number
  readonly skipped: number
  /** Selected, and without an outcome: its process crashed. */
  readonly lost: number
  /** Had no turn, or no end, because the run was ended early. */
  readonly notRun: number
}

export function totalsOf({ outcomes, selected, rounds, ended }: AcceptResult): AcceptTotals {
  const count = (wanted: SettledOutcome['outcome']) =>
    outcomes.filter(({ outcome }) => outcome === wanted).length
  const missing = Math.max(0, selected.length * rounds - outcomes.length)
  return {
    ...{ passed: count('passed'), flaky: count('flaky'), failed: count('failed'), known: count('known') },
    ...{ inconclusive: count('inconclusive'), skipped: count('skipped') },
    lost: ended === null ? missing : 0,
    notRun: ended === null ? 0 : missing,
  }
}

export interface Strictness {
  /** A scenario that passed only when it ran again counts as failed. */
  readonly failOnFlaky?: boolean
}

export function exitCodeOf(result: AcceptResult, { failOnFlaky = false }: Strictness = {}): number {
  if (result.ended === 'signal') return exitCode.interrupted
  const { failed, inconclusive, lost, flaky, notRun } = totalsOf(result)
  if (failed > 0 || lost > 0 || result.errors.length > 0 || (failOnFlaky && flaky > 0)) return exitCode.failed
  return inconclusive > 0 || notRun > 0 ? exitCode.inconclusive : exitCode.passed
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

export function repetitionsOf(outcomes: readonly SettledOutcome[]): readonly Repetition[] {
  const ran = outcomes.filter(({ outcome }) => outcome !== 'skipped')
  return [...Map.groupBy(ran, ({ name }) => name)].map(([name, runs]) => {
    const times = runs.map(({ durationMs }) => Math.round(durationMs)).sort((a, b) => a - b)
    const passed = runs.filter(({ outcome }) => outcome === 'passed').length
    return {
      name,
      runs: runs.length,
      passed,
      flaky: (passed > 0 && passed < runs.length) || runs.some(({ outcome }) => outcome === 'flaky'),
      minMs: times[0] ?? 0,
      medianMs: times[Math.floor((times.length - 1) / 2)] ?? 0,
      maxMs: times.at(-1) ?? 0,
    }
  })
}

/** The object of `--json`; `results.ts` reads it again. */
export function acceptJson(result: AcceptResult, directory: string): object {
  const { lost, failed, ...totals } = totalsOf(result)
  const repetitions = repetitionsOf(result.outcomes)
  const shown = (path: string | null) => (path === null ? null : relative(directory, path))
  return {
    interrupted: result.ended === 'signal',
    ended: result.ended,
    ...(result.ended === null ? {} : { running: result.running }),
    ...totals,
    failed: failed + lost,
    wallMs: Math.round(result.wallMs),
    errors: result.errors,
    rounds: result.rounds,
    ...(result.rounds === 1 ? {} : { flakes: repetitions.filter(({ flaky }) => flaky).length, repetitions }),
    selected: result.selected,
    scenarios: result.outcomes.map(({ earlier, durationMs, runDirectory, ...scenario }) => ({
      ...scenario,
      durationMs: Math.round(durationMs),
      runDirectory: shown(runDirectory),
      ...(earlier.length === 0
        ? {}
        : { earlier: earlier.map((one) => ({ ...one, runDirectory: shown(one.runDirectory) })) }),
    })),
  }
}

const earlyEnds: Readonly<Record<EarlyEnd, string>> = {
  signal: 'interrupted',
  budget: 'the time budget was used up',
  bail: 'ended by --bail',
}

/** One sentence: how many came to what. */
export function totalsText(result: AcceptResult): string {
  const { passed, flaky, failed, known, inconclusive, skipped, lost, notRun } = totalsOf(result)
  return [
    `${passed} passed`,
    ...(flaky === 0 ? [] : [`${flaky} flaky`]),
    `${failed + lost} failed`,
    ...(known === 0 ? [] : [`${known} failed as known`]),
    ...(inconclusive === 0 ? [] : [`${inconclusive} inconclusive`]),
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
    ...(notRun === 0 ? [] : [`${notRun} not run`]),
  ].join(', ')
}

/** The last lines of the text output. */
export function acceptText(result: AcceptResult): string {
  const { lost } = totalsOf(result)
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
  const seeded = result.outcomes.flatMap(({ name, seeds }) =>
    seeds === undefined ? [] : [`${name}: ${seedsText(name, seeds)}`],
  )
  const flakes = result.outcomes.filter(({ outcome }) => outcome === 'flaky')
  return [
    ...repeated,
    ...(seeded.length === 0 ? [] : ['', ...seeded]),
    ...(flakes.length === 0 ? [] : ['', ...flakes.map(flakeText)]),
    '',
    `${result.ended === null ? '' : `${earlyEnds[result.ended]}: `}${totalsText(result)} in ${time}`,
    ...(result.running.length === 0 ? [] : [`running then: ${result.running.join(', ')}`]),
    ...(lost === 0 ? [] : [`${lost} of the failed ended without a result: their process crashed`]),
    '',
  ].join('\n')
}

function flakeText({ name, attempt, earlier }: SettledOutcome): string {
  const [first] = earlier
  const why = first?.failure?.what ?? first?.errors[0]?.split('\n', 1)[0] ?? 'without saying why'
  return `flaky: ${name} passed in attempt ${attempt}; the first ended ${first?.outcome ?? 'failed'}: ${why}`
}
