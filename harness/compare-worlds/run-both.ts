import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { readTimeline } from '../events/reader.ts'
import { compareTraces, type Finding } from './compare-traces.ts'
import { traceWorld, type WorldTrace } from './world-trace.ts'

const program = fileURLToPath(new URL('../cli/main.ts', import.meta.url))
const outcomesSchema = z.looseObject({
  scenarios: z.array(
    z.looseObject({ name: z.string(), outcome: z.string(), runDirectory: z.string().nullable() }),
  ),
})

/**
 * Runs a scenario live and then simulated, and compares them.
 * @param directory where the simulated world keeps its runs.
 * @throws Error when it does not pass in one of them, or the signal comes.
 */
export async function runBoth(
  name: string,
  directory: string,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const live = await run(name, 'live', {}, signal)
  // Its chains begin at the same second, its L1 in the same slot, and its sequencer when that of the live one did, whose
  // first blocks are late by as long as the boot took: then all that differs is what the worlds do.
  const begins = {
    LOCKSTEP_SIM_DIRECTORY: directory,
    LOCKSTEP_SIM_GENESIS: String(live.genesisSeconds),
    LOCKSTEP_SIM_START: String(live.startMs),
    LOCKSTEP_SIM_BOOTED: String(live.bootedMs),
  }
  return compareTraces(live, await run(name, 'sim', begins, signal))
}

async function run(
  name: string,
  world: 'live' | 'sim',
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<WorldTrace> {
  signal.throwIfAborted()
  const child = spawn(process.execPath, [program, 'accept', name, '--world', world, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  // Asked, and not killed: it has a devstack to end.
  const end = () => void child.kill('SIGTERM')
  signal.addEventListener('abort', end, { once: true })
  let output = ''
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2_000)
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  await new Promise((done) => child.on('close', done))
  signal.removeEventListener('abort', end)
  signal.throwIfAborted()
  const line = output.trim().split('\n').at(-1) ?? ''
  if (line === '') throw new Error(`${name}, ${world}: expected a result, found none; ${said.trim()}`)
  const found = outcomesSchema.parse(JSON.parse(line)).scenarios.find((one) => one.name === name)
  if (found?.outcome !== 'passed' || found.runDirectory === null)
    throw new Error(`${name}, ${world}: expected it to pass, it is ${found?.outcome ?? 'not there'}`)
  return traceWorld(await readTimeline(resolve(found.runDirectory, 'timeline.ndjson')))
}
