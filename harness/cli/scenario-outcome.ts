import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { TestCase } from 'vitest/node'
import type { ScenarioEndFailure, ScenarioEndSeeds } from '../dsl/scenario-record.ts'
import type { RunningScenario } from './running-scenario.ts'

/** How a scenario ended. */
export interface ScenarioOutcome {
  readonly name: string
  readonly file: string
  /** From 1; more with `--repeat`. */
  readonly round: number
  /** In that round, from 1; more with `--retries`. */
  readonly attempt: number
  /** `known`: it failed, as is known of a client in its slots. */
  readonly outcome: 'passed' | 'failed' | 'known' | 'inconclusive' | 'skipped'
  /** Why it was skipped, what is known, or what a client that passed was not held to. */
  readonly reason?: string
  /** Of a pass that nobody expected: what was known of a client. */
  readonly news?: string
  readonly durationMs: number
  /** Absolute. Null when it ended before it had one. */
  readonly runDirectory: string | null
  /** The kind of client in each slot, by node; empty when there was no devstack. */
  readonly clients: Readonly<Record<string, string>>
  /** In the words of the scenario; null when it did not fail, or had no time to say why. */
  readonly failure: ScenarioEndFailure | null
  /** With `--seeds`: what became of each. */
  readonly seeds?: ScenarioEndSeeds
  /** Whole messages. */
  readonly errors: readonly string[]
  /** Marks that its run reached. */
  readonly reached: readonly string[]
}

export function outcomeOf(
  test: TestCase,
  round: number,
  scenario: Pick<RunningScenario, 'runDirectory' | 'progress'> | undefined,
): ScenarioOutcome {
  const result = test.result()
  const { scenarioEnd } = test.meta()
  const errors = result.state === 'failed' ? (result.errors ?? []) : []
  return {
    name: test.fullName,
    file: test.module.relativeModuleId.replaceAll('\\', '/'),
    ...{ round, attempt: 1 },
    outcome: stateOf(result.state, scenarioEnd?.outcome),
    ...(result.state === 'skipped' ? { reason: result.note ?? '' } : {}),
    durationMs: test.diagnostic()?.duration ?? 0,
    runDirectory: scenarioEnd?.directory ?? scenario?.runDirectory ?? null,
    reached: [...(scenario?.progress.reached ?? [])],
    clients: scenarioEnd?.clients ?? {},
    ...(scenarioEnd?.seeds === undefined ? {} : { seeds: scenarioEnd.seeds }),
    failure: result.state === 'failed' ? (scenarioEnd?.failure ?? null) : null,
    errors: errors.map(({ message, stack, diff }) =>
      [message.trimEnd(), ...differenceOf(diff), ...framesOf(stack)].join('\n'),
    ),
  }
}

/** A scenario that said that it is inconclusive threw, so the runner calls it failed. What the runner calls passed, passed. */
function stateOf(
  state: ReturnType<TestCase['result']>['state'],
  said: 'passed' | 'failed' | 'inconclusive' | undefined,
): ScenarioOutcome['outcome'] {
  if (state === 'passed' || state === 'skipped') return state
  return said === 'inconclusive' ? 'inconclusive' : 'failed'
}

/** Two values of one line each stand in the rows of the failure already: a title each, a blank line, and they. */
const shortDifferenceLines = 5

function differenceOf(diff: string | undefined): string[] {
  // vitest colours it wherever it goes.
  const lines = stripVTControlCharacters(diff ?? '')
    .trim()
    .split('\n')
  return lines.length <= shortDifferenceLines ? [] : ['', ...lines]
}

/** Frames of the harness, of libraries and of the runtime. */
const foreign = /[/\\]harness[/\\]|[/\\]node_modules[/\\](?!lockstep[/\\]dist[/\\]scenarios)|\(node:|at node:/

/** Where in the scenario it happened. */
function framesOf(stack: string | undefined): string[] {
  const frame = stack?.split('\n').find((line) => /^\s+at /.test(line) && !foreign.test(line))
  const place = frame === undefined ? undefined : /\(?((?:file:\/\/)?[^()\s]+:\d+:\d+)\)?$/.exec(frame)?.[1]
  return place === undefined ? [] : ['', `at ${relative(process.cwd(), place.replace(/^file:\/\//, ''))}`]
}
