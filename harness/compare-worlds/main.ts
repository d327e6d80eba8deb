import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { readTimeline } from '../events/reader.ts'
import { compareTraces } from './compare-traces.ts'
import { traceWorld, type WorldTrace } from './world-trace.ts'

/** Reorgs and none, with and without gossip, safe that diverges: what follow mode is about. */
const usual = [
  'FollowL2_Safe_Finalized_CurrentL1',
  'FollowL2_ReorgRecovery',
  'FollowL2_WithoutCLP2P',
  'FollowL2_LocalSafeDivergesThenConverges',
  'L1Reorg_OfUnsafeBlocks',
]
const program = fileURLToPath(new URL('../cli/main.ts', import.meta.url))
const outcomesSchema = z.looseObject({
  scenarios: z.array(
    z.looseObject({ name: z.string(), outcome: z.string(), runDirectory: z.string().nullable() }),
  ),
})
const signs = { agrees: '✓', explained: '~', differs: '✗' } as const

/** Runs a scenario in one world. @throws Error when it does not pass. */
async function run(name: string, world: string, environment: Record<string, string>): Promise<WorldTrace> {
  const child = spawn(process.execPath, [program, 'accept', name, '--world', world, '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...environment },
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const stop = (signal: NodeJS.Signals) => void child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
  await new Promise((done) => child.on('close', done))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop)
  const line = output.trim().split('\n').at(-1) ?? ''
  if (line === '') throw new Error(`${name}, ${world}: expected a result, found none`)
  const found = outcomesSchema.parse(JSON.parse(line)).scenarios.find((one) => one.name === name)
  if (found?.outcome !== 'passed' || found.runDirectory === null)
    throw new Error(`${name}, ${world}: expected it to pass, it is ${found?.outcome ?? 'not there'}`)
  return traceWorld(await readTimeline(resolve(found.runDirectory, 'timeline.ndjson')))
}

/** `npm run compare-worlds -- [SCENARIO…]`: whether a scenario is the same live and simulated. */
async function main(names: readonly string[]): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-compare-worlds-'))
  let differs = false
  try {
    for (const name of names) {
      const live = await run(name, 'live', {})
      // Its chains begin at the same second, its L1 in the same slot, and its sequencer when that of the live one did, whose
      // first blocks are late by as long as the boot took: then all that differs is what the worlds do.
      const sim = await run(name, 'sim', {
        LOCKSTEP_SIM_DIRECTORY: directory,
        LOCKSTEP_SIM_GENESIS: String(live.genesisSeconds),
        LOCKSTEP_SIM_START: String(live.startMs),
        LOCKSTEP_SIM_BOOTED: String(live.bootedMs),
      })
      process.stdout.write(`${name}\n`)
      for (const { what, verdict, found } of compareTraces(live, sim)) {
        differs ||= verdict === 'differs'
        process.stdout.write(`  ${signs[verdict]} ${what}: ${found}\n`)
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
  return differs ? 1 : 0
}

const wanted = process.argv.slice(2)
try {
  process.exitCode = await main(wanted.length === 0 ? usual : wanted)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
