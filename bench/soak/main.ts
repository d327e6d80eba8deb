/**
 * `npm run soak -- --minutes 60`: the default devstack under load and with faults; writes the memory of each process to
 * an NDJSON file and prints how it grew. Exit code 1 when a process is above its bound or the devstack failed.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { driverChoices, parseDriverChoice } from '../../harness/drivers/placement.ts'
import { growthOf, growthTable } from './growth.ts'
import { soak } from './soak.ts'

const help = `npm run soak -- [flags]: memory of the default devstack under load, over time

  --minutes N        how long (default 15)
  --rate N           transfers per second (default 20)
  --sample-seconds N between two samples (default 10)
  --no-faults        without disturbances
  --driver NAME      ${driverChoices.join(', ')} (default process: a process for each component)
  --output FILE      the samples as NDJSON (default .lockstep/soak.ndjson)
`

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '15' },
    rate: { type: 'string', default: '20' },
    'sample-seconds': { type: 'string', default: '10' },
    'no-faults': { type: 'boolean', default: false },
    driver: { type: 'string', default: 'process' },
    output: { type: 'string', default: '.lockstep/soak.ndjson' },
    help: { type: 'boolean', default: false },
  },
})

/** @throws Error naming the flag. */
function positive(flag: 'minutes' | 'rate' | 'sample-seconds'): number {
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
  const { samples, roleOf, blocks, failure } = await soak({
    minutes,
    rate: positive('rate'),
    sampleMs: positive('sample-seconds') * 1_000,
    faults: !values['no-faults'],
    driver: parseDriverChoice(values.driver),
    path: values.output,
    signal: asked.signal,
    progress: (what) => void process.stderr.write(`soak: ${what}\n`),
  })
  const columns = [0, 1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180].filter((minute) => minute <= minutes)
  const rows = growthOf(samples, roleOf, columns)
  process.stdout.write(`${growthTable(rows, columns)}\n\n${blocks} L2 blocks\n`)
  if (failure !== null) process.stderr.write(`soak: the devstack failed: ${failure}\n`)
  if (failure !== null || rows.some(({ holds }) => !holds)) process.exitCode = 1
}
