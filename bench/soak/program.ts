/**
 * The program that `npm run soak` bundles and starts: the default devstack under load and with faults; writes what each process holds to
 * an NDJSON file and prints how they grew, quarter by quarter, with a verdict for each process. Exit code 1 when one is
 * above its bound, grows or opens files without end, or the devstack failed.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { driverChoices, parseDriverChoice } from '../../harness/drivers/placement.ts'
import { growthOf, holds, runGrowthOf } from './growth.ts'
import { growthTable } from './growth-table.ts'
import { soak } from './soak.ts'
import { soakPrefix } from './soak-prefix.ts'

const help = `npm run soak -- [flags]: what the default devstack holds under load, over time

  --minutes N        how long (default 15)
  --tx-rate N        transfers per second (default 20)
  --sample-seconds N between two samples (default 10)
  --no-faults        without disturbances
  --driver NAME      ${driverChoices.join(', ')} (default process: a process for each component)
  --output FILE      the samples as NDJSON (default .lockstep/soak.ndjson)
  --json             print one JSON object; the table goes to stderr
`

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '15' },
    'tx-rate': { type: 'string', default: '20' },
    'sample-seconds': { type: 'string', default: '10' },
    'no-faults': { type: 'boolean', default: false },
    driver: { type: 'string', default: 'process' },
    output: { type: 'string', default: '.lockstep/soak.ndjson' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** @throws Error naming the flag. */
function positive(flag: 'minutes' | 'tx-rate' | 'sample-seconds'): number {
  const value = Number(values[flag])
  if (!(value > 0)) throw new Error(`--${flag}: expected a number above 0, found ${values[flag]}`)
  return value
}

if (values.help) {
  process.stdout.write(help)
} else {
  const minutes = positive('minutes')
  mkdirSync(dirname(values.output), { recursive: true })
  const asked = new AbortController()
  // What was measured until Ctrl-C is told all the same.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => asked.abort(new Error(`ended by ${signal}`)))
  process.once('disconnect', () => asked.abort(new Error('who started it is gone')))
  process.channel?.unref()
  const { samples, roleOf, blocks, failure } = await soak({
    minutes,
    rate: positive('tx-rate'),
    sampleMs: positive('sample-seconds') * 1_000,
    faults: !values['no-faults'],
    driver: parseDriverChoice(values.driver),
    path: values.output,
    signal: asked.signal,
    progress: (what) => void process.stderr.write(`soak: ${what}\n`),
  })
  const [rows, run] = [growthOf(samples, roleOf), runGrowthOf(samples)]
  const out = values.json ? process.stderr : process.stdout
  out.write(`${growthTable(rows, run)}\n\n${blocks} L2 blocks in ${samples.at(-1)?.minutes ?? 0} minutes\n`)
  if (values.json)
    process.stdout.write(`${JSON.stringify({ minutes, blocks, failure, processes: rows, run }, null, 2)}\n`)
  if (failure !== null) process.stderr.write(`soak: the devstack failed: ${failure}\n`)
  if (failure !== null || !rows.every(holds)) process.exitCode = 1
  // Else it is for who started it.
  const isAlone = process.connected === false && basename(import.meta.dirname).startsWith(soakPrefix)
  if (isAlone) rmSync(import.meta.dirname, { recursive: true, force: true })
}
