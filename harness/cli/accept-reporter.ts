import { join, relative } from 'node:path'
import type { Reporter, TestCase } from 'vitest/node'
import { runAnnotation } from '../dsl/annotation.ts'
import { followTimeline } from '../events/reader.ts'
import { createLiveArea, type Terminal } from '../report/live-area.ts'
import { createProgress, headsTable, type ProgressReader, seconds } from '../report/progress.ts'

/** How a scenario ended. */
export interface ScenarioOutcome {
  readonly name: string
  readonly file: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  /** Why it was skipped. */
  readonly reason?: string
  readonly durationMs: number
  /** Null when it failed before it had one. */
  readonly runDirectory: string | null
  readonly errors: readonly string[]
  /** Marks that its run reached. */
  readonly reached: readonly string[]
}

export interface AcceptReporterOptions {
  readonly output: Terminal
  /** `live` draws in a terminal, `plain` writes one line per milestone, `silent` writes nothing. */
  readonly mode: 'live' | 'plain' | 'silent'
  readonly total: number
}

/** A vitest reporter that follows the timelines of the scenarios that run. */
export interface AcceptReporter extends Reporter {
  outcomes(): readonly ScenarioOutcome[]
  /** Errors that belong to no scenario. */
  errors(): readonly string[]
  /** Ctrl-C: says that the devstacks are being stopped. */
  interrupt(): void
  close(): void
}

interface RunningScenario {
  readonly name: string
  readonly startedMs: number
  runDirectory: string | null
  timeline: ReturnType<typeof followTimeline> | null
  readonly progress: ProgressReader
  reading: boolean
}

const refreshMs = 250
const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

export function createAcceptReporter(options: AcceptReporterOptions): AcceptReporter {
  const { mode, output } = options
  const live = mode === 'live' ? createLiveArea(output) : null
  const running = new Map<string, RunningScenario>()
  const outcomes: ScenarioOutcome[] = []
  const errors: string[] = []
  let frame = 0
  let interrupted = false
  const timer = setInterval(() => void refresh(), refreshMs)
  timer.unref()

  const print = (line: string) => {
    if (live !== null) live.print(line)
    else if (mode === 'plain') output.write(`${line}\n`)
  }

  async function catchUp(scenario: RunningScenario): Promise<void> {
    if (scenario.timeline === null || scenario.reading) return
    scenario.reading = true
    try {
      for (const event of await scenario.timeline.read()) {
        const milestone = scenario.progress.add(event)
        if (milestone !== null && mode === 'plain') print(`  ${scenario.name}: ${milestone}`)
      }
    } catch (error) {
      // The view is an aid; the scenario itself decides the outcome.
      print(
        `  ${scenario.name}: its timeline cannot be shown: ${error instanceof Error ? error.message : error}`,
      )
      scenario.timeline = null
    } finally {
      scenario.reading = false
    }
  }

  async function refresh(): Promise<void> {
    await Promise.all([...running.values()].map(catchUp))
    frame++
    draw()
  }

  function draw(): void {
    const mark = spinner[frame % spinner.length] ?? ''
    live?.show([
      ...[...running.values()].flatMap((scenario) => ['', ...viewOf(scenario, mark)]),
      ...(interrupted ? ['', 'stopping the devstacks; Ctrl-C again to end at once'] : []),
    ])
  }

  return {
    onTestCaseReady(test) {
      running.set(test.id, {
        name: test.name,
        startedMs: performance.now(),
        runDirectory: null,
        timeline: null,
        progress: createProgress(),
        reading: false,
      })
      if (mode === 'plain') print(`> ${test.name}`)
    },
    onTestCaseAnnotate(test, { type, message }) {
      const scenario = running.get(test.id)
      if (scenario === undefined || type !== runAnnotation) return
      scenario.runDirectory = message
      scenario.timeline = followTimeline(join(message, 'timeline.ndjson'))
    },
    async onTestCaseResult(test) {
      const scenario = running.get(test.id)
      const result = test.result()
      // One that was not selected has no reason.
      if (result.state === 'skipped' && result.note === undefined) return void running.delete(test.id)
      if (scenario !== undefined) await catchUp(scenario)
      running.delete(test.id)
      const outcome = outcomeOf(test, scenario)
      outcomes.push(outcome)
      draw()
      print(
        outcome.outcome === 'skipped'
          ? `- ${outcome.name}  skipped: ${outcome.reason}`
          : `${outcome.outcome === 'passed' ? '✓' : '✗'} ${outcome.name}  ${seconds(outcome.durationMs)}`,
      )
      for (const error of outcome.errors) print(`\n${indent(error)}\n`)
    },
    onTestRunEnd(modules, unhandled) {
      for (const error of unhandled) errors.push(error.stack ?? error.message)
      for (const module of modules)
        for (const error of module.errors())
          errors.push(`${module.relativeModuleId}: ${error.stack ?? error.message}`)
    },
    outcomes: () => outcomes,
    errors: () => errors,
    interrupt() {
      interrupted = true
      if (mode === 'plain') print('stopping the devstacks')
    },
    close() {
      clearInterval(timer)
      live?.clear()
    },
  }
}

function viewOf({ name, startedMs, progress }: RunningScenario, mark: string): string[] {
  const elapsed = seconds(performance.now() - startedMs)
  const doing = !progress.booted && progress.step === null ? 'boots' : (progress.step ?? 'runs')
  return [
    `${mark} ${name}  ${elapsed}  ${doing}`,
    ...progress.waits.slice(0, 4).map((what) => `    waits for ${what}`),
    ...progress.faults.map((fault) => `    fault on ${fault}`),
    ...(progress.heads.size === 0
      ? []
      : [
          `    L1 head ${progress.l1Head ?? '-'}`,
          ...headsTable(progress)
            .split('\n')
            .map((line) => `    ${line}`),
        ]),
  ]
}

function outcomeOf(test: TestCase, scenario: RunningScenario | undefined): ScenarioOutcome {
  const result = test.result()
  const errors = result.state === 'failed' ? (result.errors ?? []) : []
  return {
    name: test.name,
    file: test.module.relativeModuleId,
    outcome: result.state === 'passed' || result.state === 'skipped' ? result.state : 'failed',
    ...(result.state === 'skipped' ? { reason: result.note ?? '' } : {}),
    durationMs: test.diagnostic()?.duration ?? 0,
    runDirectory: scenario?.runDirectory ?? null,
    reached: [...(scenario?.progress.reached ?? [])],
    errors: errors.map(({ message, stack, diff }) =>
      [message, ...(diff === undefined ? [] : [diff]), ...framesOf(stack)].join('\n'),
    ),
  }
}

/** Where in the scenario it happened. */
function framesOf(stack: string | undefined): string[] {
  const frame = stack?.split('\n').find((line) => /^\s+at .*scenarios[/\\]/.test(line))
  const place = frame === undefined ? undefined : /\(?((?:file:\/\/)?[^()\s]+:\d+:\d+)\)?$/.exec(frame)?.[1]
  return place === undefined ? [] : ['', `at ${relative(process.cwd(), place.replace(/^file:\/\//, ''))}`]
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n')
}
