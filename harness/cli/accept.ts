import { defineCommand } from 'citty'
import { defaultWorld, timeoutVariable, worldVariable } from '../dsl/scenario.ts'
import { markCoverage } from '../report/mark-coverage.ts'
import { wrap } from '../report/wrap.ts'
import { pruneRuns } from '../world/live/kept-runs.ts'
import { runsDirectory } from '../world/live/run-directory.ts'
import { acceptJson, acceptText, exitCodeOf } from './accept-report.ts'
import { createAcceptReporter } from './accept-reporter.ts'
import { readArguments } from './arguments.ts'
import { applyClientFlags, clientArguments } from './client-arguments.ts'
import { exitCodeHelp } from './exit-code.ts'
import { beginInvocation, keepArgument } from './keep-argument.ts'
import { knownDeviations } from './known-deviations.ts'
import { runScenarios } from './run-scenarios.ts'
import { type CatalogueEntry, collectScenarios, isScenario } from './scenario-catalogue.ts'
import { selectScenarios } from './select-scenarios.ts'
import { builtinSuite, suiteOf } from './suite.ts'
import { UsageError } from './usage-error.ts'

const repeatMax = 1_000
const timeoutSecondsMax = 24 * 3600

const acceptCommand = defineCommand({
  meta: {
    name: 'accept',
    description: `Run acceptance scenarios, each against a devstack of its own. Artefacts are in .lockstep/runs. ${exitCodeHelp}`,
  },
  args: {
    filter: {
      type: 'positional',
      required: false,
      description: 'Parts of names or paths; without any all scenarios run',
    },
    tag: {
      type: 'string',
      valueHint: 'TAG',
      description: 'Only scenarios with this tag; may stand several times, for any of them',
    },
    timeout: {
      type: 'string',
      valueHint: 'SECONDS',
      description: 'End a scenario that takes longer, with what it waited for. Default: from its block times',
    },
    repeat: { type: 'string', valueHint: 'N', default: '1', description: 'Run each scenario so many times' },
    builtin: { type: 'boolean', description: 'The scenarios that ship with Lockstep, wherever you stand' },
    world: {
      type: 'string',
      valueHint: 'WORLD',
      description: 'Where scenarios run: live, sim (in virtual time), or both. Default: live',
    },
    json: { type: 'boolean', description: 'Print one JSON object at the end and nothing else' },
    ...clientArguments,
    keep: keepArgument,
    list: { type: 'boolean', description: 'Print the scenarios that would run, and stop' },
  },
})

/** `lockstep accept`. Its exit codes are in `exit-code.ts`. */
export async function accept(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(acceptCommand, argv, { positionalsMax: 100 })
  if (parsed.help) return 0
  const { json, list } = parsed.args
  const rounds = wholeNumber('repeat', parsed.args.repeat, repeatMax)
  setTimeLimit(parsed.args.timeout)
  const worlds = worldsOf(parsed.args.world ?? process.env[worldVariable] ?? defaultWorld)
  const suite = parsed.args.builtin === true ? builtinSuite() : await suiteOf(process.cwd())
  const catalogue = (await collectScenarios(suite)).filter(isScenario)
  const entries = selectScenarios(catalogue, { filters: parsed.positionals, tags: parsed.all('tag') })
  if (list === true) {
    process.stdout.write(
      json === true ? `${JSON.stringify(entries)}\n` : listText(entries, columnsOf(process.stdout)),
    )
    return 0
  }

  using _ = applyClientFlags({
    ...{ cl: parsed.all('cl'), el: parsed.all('el') },
    at: parsed.all('cl-at'),
    bin: [...parsed.all('cl-bin'), ...parsed.all('el-bin')],
  })
  const explain = await knownDeviations(entries)
  const keep = beginInvocation(parsed.args.keep)
  const isTerminal = process.stdout.isTTY === true
  const reporter = createAcceptReporter({
    output: process.stdout,
    mode: json === true ? 'silent' : isTerminal ? 'live' : 'plain',
    colour: usesColour(),
    explain,
  })
  // What a scenario prints is no part of the JSON.
  const output = json === true ? process.stderr : process.stdout
  const end = await runScenarios({ suite, entries, worlds, rounds, reporter, output })
  // Nothing of this invocation is removed while it runs; only a caller who wants failures alone has passes removed.
  if (keep === 'failed') pruneRuns(runsDirectory(), 'none', keep)

  const outcomes = reporter.outcomes()
  const coverage = markCoverage(outcomes)
  // Only the whole suite must reach everything; one that was ended early, or has failures, says nothing about it.
  const isWhole =
    entries.length === catalogue.length &&
    outcomes.length >= entries.length &&
    outcomes.every(({ outcome }) => outcome === 'passed' || outcome === 'skipped')
  const result = {
    ...end,
    outcomes,
    expected: entries.length * rounds * worlds.length,
    rounds: rounds * worlds.length,
    running: reporter.interruptedWhile(),
    errors: end.interrupted ? [] : [...reporter.errors(), ...(isWhole ? coverage.complaints : [])],
  }
  if (json === true) process.stdout.write(`${JSON.stringify(acceptJson(result, process.cwd()))}\n`)
  else {
    process.stdout.write(`\n${coverage.summary}\n`)
    for (const error of result.errors) process.stdout.write(`\n${error}\n`)
    process.stdout.write(acceptText(result))
  }
  return exitCodeOf(result)
}

/** Colour is for a terminal, unless somebody says otherwise (no-color.org). */
export function usesColour(): boolean {
  return process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === ''
}

/** How wide text may be: as the terminal, but never so wide that it is hard to read. */
export function columnsOf({ columns }: { readonly columns?: number | undefined }): number {
  return Math.min(columns || 100, 110)
}

/** Tells the processes that run the scenarios how long each may take. @throws UsageError. */
export function setTimeLimit(seconds: string | undefined): void {
  if (seconds === undefined) return
  process.env[timeoutVariable] = String(wholeNumber('timeout', seconds, timeoutSecondsMax))
}

/** The worlds that `--world` names; the quick one first. @throws UsageError. */
export function worldsOf(name: string): readonly string[] {
  if (name === 'both') return ['sim', 'live']
  if (name === 'sim' || name === 'live') return [name]
  throw new UsageError(`--world: expected sim, live or both, found ${JSON.stringify(name)}`)
}

function wholeNumber(flag: string, text: string, max: number): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (number >= 1 && number <= max) return number
  throw new UsageError(`--${flag}: expected a whole number from 1 to ${max}, found ${JSON.stringify(text)}`)
}

function listText(entries: readonly CatalogueEntry[], columns: number): string {
  const options = { columns, indent: '    ' }
  return entries
    .map(({ name, file, claim, tags }) =>
      [name, ...wrap(claim ?? 'It makes no claim.', options), `    ${file}  ${tags.join(' ')}`, ''].join(
        '\n',
      ),
    )
    .join('')
}
