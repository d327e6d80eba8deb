import { mkdirSync } from 'node:fs'
import { DockerError, DockerUnusableError } from '../drivers/docker/engine.ts'
import { liveLine } from '../fuzz/live-line.ts'
import { type CampaignResult, emptyResult, mergeResults } from '../fuzz/result.ts'
import { runSwarmCampaign } from '../fuzz/swarm-campaign.ts'
import type { EngineKind } from '../world/engine-kind.ts'
import { exitCode } from './exit-code.ts'
import { writeFailure, writeResult } from './fuzz-output.ts'

export interface FuzzInSwarmOptions {
  readonly shards: number | null
  readonly image: string | null
  readonly flags: readonly string[]
  readonly engine: EngineKind
  readonly first: number
  readonly out: string
  /** End with the first shard that found something. */
  readonly stop: boolean
  readonly json: boolean
}

/** `lockstep fuzz --swarm docker`: what each shard found is written as if it had run here. */
export async function fuzzInSwarm(options: FuzzInSwarmOptions): Promise<number> {
  const { shards, image, flags, engine, first, out, json } = options
  const say = (line: string) => void (json ? process.stderr : process.stdout).write(`${line}\n`)
  const stop = new AbortController()
  let interrupted = false
  const onSignal = () => {
    interrupted = true
    stop.abort(new Error('interrupted'))
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  mkdirSync(out, { recursive: true })
  const startMs = performance.now()
  let sum: CampaignResult = emptyResult
  let lost = 0
  let results = 0
  let isCut = true
  try {
    await runSwarmCampaign({
      ...{ shards, image, flags, signal: stop.signal, onProgress: say },
      onResult({ index, count, result, lost: why }) {
        results++
        isCut = results < count
        if (result === null) {
          lost++
          return say(`shard ${index} of ${count} gave no result: ${why}`)
        }
        sum = mergeResults(sum, result)
        writeResult(out, first, { index, count }, result)
        for (const failure of result.failures) say(writeFailure(out, failure.name, failure, engine).trimEnd())
        say(`shard ${index} of ${count}: ${result.runs} seeds, ${result.failures.length} failures`)
        if (options.stop && result.failures.length > 0) stop.abort(new Error('something was found'))
      },
    })
  } catch (error) {
    if (!(error instanceof DockerError) && !(error instanceof DockerUnusableError)) throw error
    process.stderr.write(`lockstep fuzz: ${error.message}\n`)
    // What the shards found that had ended is written, and counts.
    if (sum.runs === 0) return exitCode.inconclusive
    lost++
  } finally {
    for (const signal of signals) process.off(signal, onSignal)
  }
  if (stop.signal.aborted && isCut) say('ended before its time: what the shards found that still ran is lost')
  say(`${engine} engine · ${liveLine(sum, performance.now() - startMs)}`)
  if (json) process.stdout.write(`${JSON.stringify(sum)}\n`)
  if (interrupted) return exitCode.interrupted
  if (sum.failures.length > 0) return exitCode.failed
  return lost > 0 ? exitCode.inconclusive : exitCode.passed
}
