import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineCommand } from 'citty'
import { formatCase } from '../cases/case.ts'
import { marks } from '../events/marks.ts'
import { firstProblem } from '../first-problem.ts'
import { CampaignStartError, runCampaign } from '../fuzz/campaign.ts'
import { createGuide } from '../fuzz/guide.ts'
import {
  addRun,
  type CampaignResult,
  campaignResultSchema,
  emptyResult,
  mergeResults,
} from '../fuzz/result.ts'
import { createSeeds, type Shard } from '../fuzz/seeds.ts'
import type { EngineKind } from '../world/engine-kind.ts'
import { readArguments } from './arguments.ts'
import { engineOf } from './engine-argument.ts'
import { exitCode } from './exit-code.ts'
import { wholeNumber } from './named-values.ts'
import { UsageError } from './usage-error.ts'

const description = `Search for violations: each seed draws a topology, parameters and a swarm of faults, and runs them in a simulated world.

First faults strike while the invariants and the model of follow mode are checked at every event; then they end, everything must converge, and a fresh node must derive the same chain. A failure is written as a case for lockstep replay. Exit code: 0 nothing found, 1 something found, 2 wrong usage, 3 its processes do not start, 130 interrupted.`

const fuzzCommand = defineCommand({
  meta: { name: 'fuzz', description },
  args: {
    seeds: {
      type: 'string',
      valueHint: 'N',
      description: 'How many seeds; default 100, or no end with --minutes',
    },
    minutes: { type: 'string', valueHint: 'M', description: 'Start no seed after so many minutes' },
    seed: {
      type: 'string',
      valueHint: 'S',
      default: '1',
      description: 'The first seed; the known incidents are 1, 2, …',
    },
    jobs: { type: 'string', valueHint: 'K', description: 'Processes; default: one per core' },
    shard: {
      type: 'string',
      valueHint: 'i/n',
      default: '1/1',
      description: 'Only every nth seed, from the ith on',
    },
    'virtual-seconds': {
      ...{ type: 'string', valueHint: 'T', default: '60' },
      description: 'How long faults strike in each run, by its own clock',
    },
    unguided: {
      type: 'boolean',
      description:
        'Change no run that came by something new: draw each seed anew, or change a known incident',
    },
    engine: {
      ...{ type: 'string', valueHint: 'KIND', default: 'model' },
      description:
        "What the engines execute with: model, a chain of hashes with the same Engine API, or real, the embedded engine's EVM; what the model finds is run again with the real one",
    },
    out: {
      ...{ type: 'string', valueHint: 'DIR', default: '.lockstep/fuzz' },
      description: 'Where cases and the result file go',
    },
    stop: { type: 'boolean', description: 'End with the first failure' },
    merge: { type: 'boolean', description: 'Run nothing: print the sum of the result files that are named' },
    json: { type: 'boolean', description: 'Print the result as one JSON object at the end and nothing else' },
  },
})

/** `lockstep fuzz`. */
export async function fuzz(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(fuzzCommand, argv, { positionalsMax: 1_000 })
  if (parsed.help) return 0
  const { args, positionals } = parsed
  if (args.merge === true) {
    const sum = positionals.map(readResult).reduce(mergeResults, emptyResult)
    process.stdout.write(`${JSON.stringify(sum)}\n`)
    return sum.failures.length > 0 ? exitCode.failed : exitCode.passed
  }
  if (positionals.length > 0)
    throw new UsageError(`expected no file without --merge, found ${positionals[0]}`)
  const minutes = args.minutes === undefined ? null : wholeNumber('minutes', args.minutes, 100_000)
  const seeds =
    args.seeds === undefined ? (minutes === null ? 100 : 1e9) : wholeNumber('seeds', args.seeds, 1e9)
  const shard = shardOf(args.shard)
  const engine = engineOf(args.engine)
  const first = wholeNumber('seed', args.seed, 1e12)
  const guide = args.unguided === true ? null : createGuide(first, seeds, shard)
  const drawn = createSeeds(first, seeds, shard)
  const stop = new AbortController()
  const onSignal = () => {
    stop.abort(new Error('interrupted'))
    guide?.end()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  const startMs = performance.now()
  const endMs = minutes === null ? Number.POSITIVE_INFINITY : startMs + minutes * 60_000
  let sum = emptyResult
  let found = false
  const say = (line: string) => void (args.json === true ? process.stderr : process.stdout).write(line)
  const jobs = args.jobs === undefined ? availableParallelism() : wholeNumber('jobs', args.jobs, 256)
  const faultsMs = wholeNumber('virtual-seconds', args['virtual-seconds'], 86_000) * 1000
  mkdirSync(args.out, { recursive: true })
  try {
    await runCampaign({
      async next() {
        const isOver = () => performance.now() >= endMs || (found && args.stop === true)
        const seed = isOver() ? null : guide === null ? drawn() : await guide.next()
        if (!isOver()) return seed
        guide?.end()
        return null
      },
      ...{ jobs, faultsMs, engine },
      signal: stop.signal,
      onResult(result) {
        sum = addRun(sum, result)
        const { seed, combinations, failure } = result
        guide?.add({ seed, combinations, failed: failure !== null })
        if (failure !== null) {
          found = true
          const file = join(args.out, `${failure.name}.json`)
          writeFileSync(file, formatCase(failure))
          say(`seed ${result.seed}: ${failure.violates?.reason}: ${failure.violates?.found.split('\n')[0]}\n`)
          say(`  npx lockstep replay ${file} --engine ${failure.engine ?? 'real'}\n`)
          if (result.engine === 'model') say(`  ${confirmation(failure.engine)}\n`)
        }
        if (sum.runs % progressEvery === 0 || sum.runs === 1)
          say(`${engine} engine · ${liveLine(sum, performance.now() - startMs)}\n`)
      },
    })
  } catch (error) {
    if (!(error instanceof CampaignStartError)) throw error
    process.stderr.write(`lockstep fuzz: ${error.message}\n`)
    return exitCode.inconclusive
  } finally {
    for (const signal of signals) process.off(signal, onSignal)
  }
  writeFileSync(
    join(args.out, `result-${first}-${shard.index}of${shard.count}.json`),
    `${JSON.stringify(sum, null, 1)}\n`,
  )
  say(`${engine} engine · ${liveLine(sum, performance.now() - startMs)}\n`)
  if (args.json === true) process.stdout.write(`${JSON.stringify(sum)}\n`)
  if (stop.signal.aborted) return exitCode.interrupted
  return sum.failures.length > 0 ? exitCode.failed : exitCode.passed
}

const progressEvery = 10

/** What became of a failure that was found with the model engine. */
function confirmation(engine: EngineKind | undefined): string {
  return engine === 'model'
    ? 'found with the model engine alone: the same seed violates nothing, or something else, with --engine real'
    : 'found with the model engine, confirmed with the real engine core'
}

/** How it goes, in one line. */
export function liveLine(sum: CampaignResult, elapsedMs: number): string {
  const perMinute = (sum.runs * 60_000) / Math.max(1, elapsedMs)
  const speed = sum.virtualMs / Math.max(1, elapsedMs)
  return `${sum.runs} seeds · ${perMinute.toFixed(1)} a minute · ${speed.toFixed(1)} virtual s/s · ${sum.deeds} deeds, ${sum.hits} hits · ${Object.keys(sum.marks).length}/${Object.keys(marks).length} marks · ${Object.keys(sum.combinations).length} combinations · ${sum.failures.length} failures`
}

function shardOf(text: string): Shard {
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []
  const shard = { index: Number(index), count: Number(of) }
  if (!(shard.index >= 1 && shard.index <= shard.count))
    throw new UsageError(`--shard: expected i/n with 1 ≤ i ≤ n, found ${text}`)
  return shard
}

function readResult(file: string): CampaignResult {
  const refuse = (found: string) =>
    new UsageError(`${file} is no result file of a campaign (expected what lockstep fuzz wrote): ${found}`)
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error))
  }
  const read = campaignResultSchema.safeParse(json)
  if (!read.success) throw refuse(firstProblem(read.error))
  return read.data
}
