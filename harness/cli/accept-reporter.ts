import { relative } from 'node:path'
import { styleText } from 'node:util'
import type { Reporter } from 'vitest/node'
import { progressAnnotation, runAnnotation } from '../dsl/annotation.ts'
import type { ProgressTold } from '../dsl/progress-feed.ts'
import { createLiveArea, type Terminal } from '../report/live-area.ts'
import { seconds } from '../report/progress.ts'
import type { EarlyEnd } from './accept-report.ts'
import type { ExplainOutcome } from './known-deviations.ts'
import { createRunningScenario, progressLine, type RunningScenario, viewOf } from './running-scenario.ts'
import { outcomeOf, type ScenarioOutcome } from './scenario-outcome.ts'

export interface AcceptReporterOptions {
  readonly output: Terminal
  /** `live` draws in a terminal, `plain` writes one line per milestone. */
  readonly mode: 'live' | 'plain'
  readonly colour: boolean
  /** Failures are told elsewhere, in other words. */
  readonly brief?: boolean
  /** Milliseconds, from any start. Default: the process's monotonic clock. */
  readonly nowMs?: () => number
  /** Adds what is known of the clients. Default: nothing is. */
  readonly explain?: ExplainOutcome
}

/** A vitest reporter that follows the timelines of the scenarios that run. */
export interface AcceptReporter extends Reporter {
  outcomes(): readonly ScenarioOutcome[]
  /** Errors that belong to no scenario. */
  errors(): readonly string[]
  /** What ran when it was interrupted. */
  interruptedWhile(): readonly string[]
  /** What follows is that round, and in it that attempt, of so many scenarios; both count from 1. */
  begin(round: number, attempt: number, of?: number): void
  /** Names of those that were to pass in an attempt and did not: they failed, were inconclusive, or ended without a word. */
  unmet(round: number, attempt: number): ReadonlySet<string>
  /** Calls that with each outcome, as it comes. */
  onOutcome(listener: (outcome: ScenarioOutcome) => void): void
  /**
   * The run is over before its end: says why, and that the devstacks are being stopped. What is stopped by that has not
   * failed, and has no outcome.
   */
  interrupt(why: EarlyEnd): void
  close(): void
}

const refreshMs = 250
/** Plain output says at least this often that, and where, a scenario still runs. */
const silenceMsMax = 15_000
const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const marks = {
  passed: { mark: '✓', style: 'green' },
  failed: { mark: '✗', style: 'red' },
  known: { mark: '~', style: 'yellow' },
  inconclusive: { mark: '?', style: 'yellow' },
  skipped: { mark: '-', style: 'dim' },
} as const

/** What another attempt may change. */
const unmetOutcomes: ReadonlySet<ScenarioOutcome['outcome']> = new Set(['failed', 'inconclusive'])

export function createAcceptReporter(options: AcceptReporterOptions): AcceptReporter {
  const { mode, output, colour, nowMs = () => performance.now(), explain = (outcome) => outcome } = options
  const live = mode === 'live' ? createLiveArea(output) : null
  const running = new Map<string, { readonly scenario: RunningScenario; toldMs: number }>()
  const outcomes: ScenarioOutcome[] = []
  const errors: string[] = []
  let interruptedWhile: readonly string[] = []
  const started: { readonly name: string; readonly round: number; readonly attempt: number }[] = []
  let [round, attempt] = [1, 1]
  /** How many of those that this attempt runs have ended; without a number of them nobody is told. */
  let progress: { done: number; readonly of: number } | null = null
  let frame = 0
  let interrupted = false
  let listener: (outcome: ScenarioOutcome) => void = () => {}
  const timer = setInterval(() => void refresh(), refreshMs)
  timer.unref()

  const print = (line: string) => {
    if (live !== null) live.print(line)
    else output.write(`${line}\n`)
  }
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text

  async function refresh(): Promise<void> {
    for (const entry of [...running.values()]) {
      const milestones = await entry.scenario.catchUp()
      if (mode !== 'plain') continue
      for (const milestone of milestones) print(`  ${entry.scenario.name}: ${milestone}`)
      const silent = nowMs() - entry.toldMs >= silenceMsMax && milestones.length === 0
      if (silent) print(progressLine(entry.scenario))
      if (silent || milestones.length > 0) entry.toldMs = nowMs()
    }
    frame++
    draw()
  }

  function draw(): void {
    const mark = spinner[frame % spinner.length] ?? ''
    live?.show([
      ...[...running.values()].flatMap(({ scenario }) => ['', ...viewOf(scenario, mark)]),
      ...(interrupted ? ['', 'stopping the devstacks; Ctrl-C again to end at once'] : []),
    ])
  }

  function tell(outcome: ScenarioOutcome): void {
    const { mark, style } = marks[outcome.outcome]
    const done = progress === null ? '' : `${++progress.done}/${progress.of} `
    const name = `${paint(style, mark)} ${done}${outcome.name}`
    if (outcome.outcome === 'skipped') {
      print(`${name}  skipped: ${outcome.reason}`)
      return
    }
    print(
      `${name}  ${seconds(outcome.durationMs)}${outcome.outcome === 'inconclusive' ? '  inconclusive' : outcome.outcome === 'known' ? '  fails as known' : ''}`,
    )
    // A failure tells it itself.
    if (outcome.outcome === 'passed' && outcome.runDirectory !== null)
      print(paint('dim', `  ${relative(process.cwd(), outcome.runDirectory)}`))
    if (outcome.outcome === 'passed' && outcome.reason !== undefined) print(`  ${outcome.reason}`)
    if (outcome.news !== undefined) print(`  news: ${outcome.news}`)
    if (outcome.outcome === 'known') print(`  ${outcome.reason}`)
    if (options.brief === true || outcome.outcome === 'known') return
    for (const error of outcome.errors) print(`\n${indent(error)}\n`)
  }

  return {
    onTestCaseReady(test) {
      // One of the same file that was not selected.
      if (test.options?.mode === 'skip') return
      running.set(test.id, { scenario: createRunningScenario(test.fullName, nowMs), toldMs: nowMs() })
      started.push({ name: test.fullName, round, attempt })
      if (mode === 'plain') print(`> ${test.fullName}${attempt === 1 ? '' : `, attempt ${attempt}`}`)
    },
    onTestCaseAnnotate(test, { type, message }) {
      const scenario = running.get(test.id)?.scenario
      if (type === runAnnotation) scenario?.follow(message)
      if (type === progressAnnotation) scenario?.take(JSON.parse(message) as ProgressTold)
    },
    async onTestCaseResult(test) {
      const entry = running.get(test.id)
      running.delete(test.id)
      const result = test.result()
      // One that was not selected has no reason.
      if (result.state === 'skipped' && result.note === undefined) return
      if (interrupted && result.state !== 'passed') return
      for (const milestone of (await entry?.scenario.catchUp()) ?? [])
        if (mode === 'plain') print(`  ${test.fullName}: ${milestone}`)
      const outcome = explain({ ...outcomeOf(test, round, entry?.scenario), attempt })
      outcomes.push(outcome)
      draw()
      tell(outcome)
      listener(outcome)
    },
    onOutcome(next) {
      listener = next
    },
    onTestRunEnd(modules, unhandled) {
      for (const error of unhandled) errors.push(error.stack ?? error.message)
      for (const module of modules)
        for (const error of module.errors())
          errors.push(`${module.relativeModuleId}: ${error.stack ?? error.message}`)
    },
    outcomes: () => outcomes,
    errors: () => errors,
    interruptedWhile: () => interruptedWhile,
    begin(nextRound, nextAttempt, of) {
      round = nextRound
      attempt = nextAttempt
      progress = of === undefined ? null : { done: 0, of }
    },
    unmet(ofRound, ofAttempt) {
      const here = (one: { readonly round: number; readonly attempt: number }) =>
        one.round === ofRound && one.attempt === ofAttempt
      const met = new Set(
        outcomes.flatMap((one) => (here(one) && !unmetOutcomes.has(one.outcome) ? [one.name] : [])),
      )
      return new Set(started.flatMap((one) => (here(one) && !met.has(one.name) ? [one.name] : [])))
    },
    interrupt(why) {
      interrupted = true
      interruptedWhile = [...running.values()].map(({ scenario }) => scenario.name)
      const reason = { signal: '', budget: 'the time budget is used up: ', bail: 'enough failed: ' }[why]
      if (mode === 'plain')
        print(`${reason}stopping the devstacks of ${interruptedWhile.join(', ') || 'nothing'}`)
    },
    close() {
      clearInterval(timer)
      live?.clear()
    },
  }
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n')
}
