import { mkdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { defineCommand } from 'citty'
import { firstProblem } from '../first-problem.ts'
import { CampaignStartError, runCampaign } from '../fuzz/campaign.ts'
import { createGuide } from '../fuzz/guide.ts'
import { liveLine } from '../fuzz/live-line.ts'
import {
  addRun,
  type CampaignResult,
  campaignResultSchema,
  emptyResult,
  mergeResults,
} from '../fuzz/result.ts'
import { createSeeds, type Shard } from '../fuzz/seeds.ts'
import { readArguments } from './arguments.ts'
import { engineOf } from './engine-argument.ts'
import { exitCode } from './exit-code.ts'
import { writeFailure, writeResult } from './fuzz-output.ts'
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
    swarm: {
      ...{ type: 'string', valueHint: 'docker' },
      description: 'Give the shards to the Docker Swarm that DOCKER_HOST manages, as one job',
    },
    shards: {
      ...{ type: 'string', valueHint: 'N' },
      description: 'With --swarm: how many; default: one for each machine',
    },
    image: {
      ...{ type: 'string', valueHint: 'NAME' },
      description:
        'With --swarm: the image of Lockstep that every machine can pull; default, where there is one machine: that of this checkout, made when it is missing',
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
  const jobs = args.jobs === undefined ? availableParallelism() : wholeNumber('jobs', args.jobs, 256)
  const virtualSeconds = wholeNumber('virtual-seconds', args['virtual-seconds'], 86_000)
  if (args.swarm !== undefined) {
    if (args.swarm !== 'docker') throw new UsageError(`--swarm: expected docker, found ${args.swarm}`)
    if (shard.count > 1) throw new UsageError('--shard: a swarm has all shards; --shards says how many')
    // Not before: what makes an image is not in an image, where the shards run.
    const { fuzzInSwarm } = await import('./fuzz-in-swarm.ts')
    return fuzzInSwarm({
      shards: args.shards === undefined ? null : wholeNumber('shards', args.shards, 10_000),
      image: args.image ?? null,
      flags: [
        ...['--seeds', String(seeds), '--seed', String(first), '--engine', engine],
        ...['--virtual-seconds', String(virtualSeconds)],
        ...(minutes === null ? [] : ['--minutes', String(minutes)]),
        ...(args.jobs === undefined ? [] : ['--jobs', String(jobs)]),
        ...(args.unguided === true ? ['--unguided'] : []),
        ...(args.stop === true ? ['--stop'] : []),
      ],
      ...{ engine, first, out: args.out, stop: args.stop === true, json: args.json === true },
    })
  }
  for (const flag of ['shards', 'image'] as const)
    if (args[flag] !== undefined) throw new UsageError(`--${flag} is of --swarm`)
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
      ...{ jobs, faultsMs: virtualSeconds * 1000, engine },
      signal: stop.signal,
      onResult(result) {
        sum = addRun(sum, result)
        const { seed, combinations, failure } = result
        guide?.add({ seed, combinations, failed: failure !== null })
        if (failure !== null) {
          found = true
          say(writeFailure(args.out, `seed ${seed}`, failure, engine))
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
  writeResult(args.out, first, shard, sum)
  say(`${engine} engine · ${liveLine(sum, performance.now() - startMs)}\n`)
  if (args.json === true) process.stdout.write(`${JSON.stringify(sum)}\n`)
  if (stop.signal.aborted) return exitCode.interrupted
  return sum.failures.length > 0 ? exitCode.failed : exitCode.passed
}

const progressEvery = 10

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
