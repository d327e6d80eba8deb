import { parseArgs } from 'node:util'
import { errorText } from '../../node/concurrency/error-text.ts'
import type { Attack } from './attack.ts'
import { attacks } from './attacks.ts'
import { faultsOf, type Outcome, outcomeLines } from './table.ts'

const help = `npm run attack -- [flags]: attacks programs of the project on loopback, one after the other, and says which bound
does not hold.

  --only TEXT  part of the name of the attacks to make
  --json       print one JSON object; progress goes to stderr
  --list       print the names, and stop

answerP99Ms is what a small question takes meanwhile. Where others had more than a tenth of the processors (starved 1), it
is without the time in which victim and attacker were ready and had none; answerWallP99Ms is with it.
`

class UsageError extends Error {}

function readFlags(args: string[]) {
  const flag = { type: 'boolean', default: false } as const
  try {
    return parseArgs({ args, options: { only: { type: 'string' }, json: flag, list: flag, help: flag } })
      .values
  } catch (error) {
    throw new UsageError(errorText(error))
  }
}

/** 0 when every bound holds, 130 after Ctrl-C, 1 otherwise. */
async function main(argv: string[]): Promise<number> {
  const { only, json, list, help: asksHelp } = readFlags(argv)
  if (asksHelp) {
    process.stdout.write(help)
    return 0
  }
  const selected = attacks.filter(({ name }) => only === undefined || name.includes(only))
  if (selected.length === 0) throw new UsageError(`no attack matches ${JSON.stringify(only)}: see --list`)
  if (list) {
    for (const { name } of selected) process.stdout.write(`${name}\n`)
    return 0
  }
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => stop.abort(new Error('interrupted')))
  const outcomes: Outcome[] = []
  for (const attack of selected) {
    const outcome = await make(attack, stop.signal)
    if (stop.signal.aborted) return 130
    outcomes.push(outcome)
    const progress = json ? process.stderr : process.stdout
    progress.write(`${outcomeLines(outcome)}\n`)
  }
  if (json) {
    const rows = outcomes.map((outcome) => ({
      name: outcome.attack.name,
      bound: outcome.attack.bound,
      measured: 'failed' in outcome ? null : outcome.measured,
      faults: faultsOf(outcome),
    }))
    process.stdout.write(`${JSON.stringify({ attacks: rows }, null, 2)}\n`)
  }
  return outcomes.every((outcome) => faultsOf(outcome).length === 0) ? 0 : 1
}

async function make(attack: Attack, signal: AbortSignal): Promise<Outcome> {
  try {
    return { attack, measured: await attack.run(signal) }
  } catch (error) {
    return { attack, failed: errorText(error) }
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${errorText(error)}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
