import { writeFileSync } from 'node:fs'
import { writing } from '../disk-failure.ts'
import { reproduceVariable, reproductionOf } from '../dsl/reproduce.ts'
import { defaultWorld, timeoutVariable, worldVariable } from '../dsl/scenario.ts'
import { formatSeeds, seedsVariable } from '../dsl/seeds.ts'
import { markCoverage } from '../report/mark-coverage.ts'
import { wrap } from '../report/wrap.ts'
import { pruneRuns } from '../world/kept-runs.ts'
import { runsDirectory } from '../world/run-directory.ts'
import {
  acceptCommand,
  bailMax,
  patternOf,
  repeatMax,
  retriesMax,
  secondsOf,
  seedsOf,
  shardOf,
  worldNote,
} from './accept-arguments.ts'
import { acceptJunit } from './accept-junit.ts'
import { type AcceptResult, acceptJson, acceptText, exitCodeOf } from './accept-report.ts'
import { createAcceptReporter } from './accept-reporter.ts'
import { readArguments } from './arguments.ts'
import { checkClients } from './check-clients.ts'
import { applyClientFlags, overridden } from './client-arguments.ts'
import { tellGithub } from './github.ts'
import { beginInvocation } from './keep-argument.ts'
import { knownDeviations } from './known-deviations.ts'
import { wholeNumber } from './named-values.ts'
import { outcomeTable } from './outcome-table.ts'
import { lastFailed, writeLastResults } from './results.ts'
import { runScenarios } from './run-scenarios.ts'
import { type CatalogueEntry, collectScenarios, isScenario } from './scenario-catalogue.ts'
import { selectScenarios } from './select-scenarios.ts'
import { settle } from './settled.ts'
import { builtinSuite, clientFlagsOf, suiteOf } from './suite.ts'
import { UsageError } from './usage-error.ts'

/** `lockstep accept`. Its exit codes are in `exit-code.ts`. */
export async function accept(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(acceptCommand, argv, { positionalsMax: 100 })
  if (parsed.help) return 0
  const { args } = parsed
  const rounds = wholeNumber('repeat', args.repeat, repeatMax)
  const seeds = seedsOf(args, args.world)
  const worlds = seeds === null ? worldsOf(args.world ?? process.env[worldVariable] ?? defaultWorld) : ['sim']
  // The processes that run the scenarios have it from this one.
  if (seeds !== null) process.env[seedsVariable] = formatSeeds(seeds)
  const told = { builtin: args.builtin, timeout: args.timeout }
  const clients = ['cl', 'cl-at', 'cl-bin', 'el', 'el-bin'].map((flag) => [flag, parsed.all(flag)])
  process.env[reproduceVariable] = JSON.stringify(
    reproductionOf(process.env, { ...told, ...Object.fromEntries(clients) }),
  )
  const shard = args.shard === undefined ? null : shardOf(args.shard)
  const grep = args.grep === undefined ? null : patternOf(args.grep)
  const suite = args.builtin === true ? builtinSuite() : await suiteOf(process.cwd())
  const { config } = suite
  const limits = {
    retries:
      args.retries === undefined
        ? (config.retries ?? 0)
        : wholeNumber('retries', args.retries, retriesMax, 0),
    bail: args.bail === undefined ? 0 : wholeNumber('bail', args.bail, bailMax),
    ...(args.budget === undefined ? {} : { budgetMs: secondsOf('budget', args.budget) * 1000 }),
  }
  setTimeLimit(args.timeout ?? config.timeoutSeconds?.toString())
  const own = clientFlagsOf(suite)
  const flags = { cl: parsed.all('cl'), el: parsed.all('el'), at: parsed.all('cl-at') }
  const bin = { '--cl-bin': parsed.all('cl-bin'), '--el-bin': parsed.all('el-bin') }
  using _ = applyClientFlags({
    files: own.files,
    // What the command line says of a slot, or of a kind, counts.
    ...{ cl: overridden(own.cl, flags.cl), el: overridden(own.el, flags.el), at: flags.at },
    ...{ bin: [...own.bin, ...bin['--cl-bin']], elBin: bin['--el-bin'] },
  })
  const catalogue = (await collectScenarios(suite)).filter(isScenario)
  const entries = selectScenarios(catalogue, {
    ...{ filters: parsed.positionals, tags: parsed.all('tag'), grep, shard },
    names: args['last-failed'] === true ? lastFailed() : null,
  })
  if (args.list === true) {
    process.stdout.write(
      args.json === true ? `${JSON.stringify(entries)}\n` : listText(entries, columnsOf(process.stdout)),
    )
    return 0
  }

  await checkClients(
    entries,
    { flags, bin, ...(suite.configPath === null ? {} : { config: { ...own, path: suite.configPath } }) },
    { programs: worlds.includes('live') },
  )
  const explain = await knownDeviations(entries)
  const keep = beginInvocation(args.keep)
  // Progress, and what a scenario prints, are no part of the JSON.
  const output = args.json === true ? process.stderr : process.stdout
  const reporter = createAcceptReporter({
    output,
    mode: output.isTTY === true ? 'live' : 'plain',
    colour: usesColour(output),
    explain,
  })
  const note = worldNote(seeds, args.world)
  if (note !== null) output.write(`${note}\n`)
  const end = await runScenarios({ suite, entries, worlds, rounds, ...limits, reporter, output })
  // Nothing of this invocation is removed while it runs; only a caller who wants failures alone has passes removed.
  if (keep === 'failed') pruneRuns(runsDirectory(), 'none', keep)

  const outcomes = settle(reporter.outcomes())
  const coverage = markCoverage(outcomes)
  // Only all of our own scenarios must reach everything; when they have failures, they say nothing about it.
  const isWhole =
    suite.root === builtinSuite().root &&
    entries.length === catalogue.length &&
    outcomes.length >= entries.length &&
    outcomes.every(({ outcome }) => outcome === 'passed' || outcome === 'skipped')
  const result: AcceptResult = {
    ...{ outcomes, wallMs: end.wallMs, ended: end.ended },
    selected: entries.map(({ name }) => name),
    rounds: rounds * worlds.length,
    running: reporter.interruptedWhile(),
    errors: end.ended === null ? [...reporter.errors(), ...(isWhole ? coverage.complaints : [])] : [],
  }
  if (args.json === true) process.stdout.write(`${JSON.stringify(acceptJson(result, process.cwd()))}\n`)
  else {
    process.stdout.write(`\n${isWhole ? coverage.summary : coverage.reached}\n`)
    for (const error of result.errors) process.stdout.write(`\n${error}\n`)
    if (outcomes.length > 1) process.stdout.write(`\n${outcomeTable(result)}\n`)
    process.stdout.write(acceptText(result))
  }
  // After what is printed, which a full disk must not take along.
  writeLastResults(result)
  const { junit } = args
  if (junit !== undefined) writing(junit, () => writeFileSync(junit, acceptJunit(result)))
  tellGithub(result, (text) => void output.write(text))
  return exitCodeOf(result, { failOnFlaky: args['fail-on-flaky'] === true })
}

/** Colour is for a terminal, unless somebody says otherwise (no-color.org). */
export function usesColour(output: { readonly isTTY?: boolean | undefined } = process.stdout): boolean {
  return output.isTTY === true && (process.env['NO_COLOR'] ?? '') === ''
}

/** How wide text may be: as the terminal, but never so wide that it is hard to read. */
export function columnsOf({ columns }: { readonly columns?: number | undefined }): number {
  return Math.min(columns || 100, 110)
}

/** Tells the processes that run the scenarios how long each may take. @throws UsageError. */
export function setTimeLimit(seconds: string | undefined): void {
  if (seconds === undefined) return
  process.env[timeoutVariable] = String(secondsOf('timeout', seconds))
}

/** The worlds that `--world` names; the quick one first. @throws UsageError. */
export function worldsOf(name: string): readonly string[] {
  if (name === 'both') return ['sim', 'live']
  if (name === 'sim' || name === 'live') return [name]
  throw new UsageError(`--world: expected sim, live or both, found ${JSON.stringify(name)}`)
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
