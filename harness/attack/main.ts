import { defineCommand } from 'citty'
import { errorText } from '../../node/concurrency/error-text.ts'
import { readArguments } from '../cli/arguments.ts'
import { endWithNpm } from '../cli/npm-ancestors.ts'
import { UsageError } from '../cli/usage-error.ts'
import type { Attack } from './attack.ts'
import { blockAttacks } from './block-attacks.ts'
import { callAttacks } from './call-attacks.ts'
import { connectionAttacks } from './connection-attacks.ts'
import { gossipAttacks } from './gossip-attacks.ts'
import { faultsOf, type Outcome, outcomeLines } from './table.ts'

const attacks: readonly Attack[] = [...callAttacks, ...blockAttacks, ...connectionAttacks, ...gossipAttacks]

const command = defineCommand({
  meta: {
    name: 'attack',
    description:
      'Attack programs of the project on loopback, one after the other, and see that each holds its bounds.',
  },
  args: {
    only: { type: 'string', description: 'Part of the name of the attacks to make' },
    json: { type: 'boolean', description: 'Print one JSON object; progress goes to stderr' },
    list: { type: 'boolean', description: 'Print the names, and stop' },
  },
})

/** 0 when every bound holds, 130 after Ctrl-C, 1 otherwise. */
async function main(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(command, argv)
  if (parsed.help) return 0
  const { only, json, list } = parsed.args
  const selected = attacks.filter(({ name }) => only === undefined || name.includes(only))
  if (selected.length === 0) throw new UsageError(`no attack matches ${JSON.stringify(only)}: see --list`)
  if (list === true) {
    for (const { name } of selected) process.stdout.write(`${name}\n`)
    return 0
  }
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => stop.abort(new Error('interrupted')))
  endWithNpm()
  const outcomes: Outcome[] = []
  for (const attack of selected) {
    const outcome = await make(attack, stop.signal)
    if (stop.signal.aborted) return 130
    outcomes.push(outcome)
    const progress = json === true ? process.stderr : process.stdout
    progress.write(`${outcomeLines(outcome)}\n`)
  }
  if (json === true) {
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
