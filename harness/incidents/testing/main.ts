import { defineCommand } from 'citty'
import { readArguments } from '../../cli/arguments.ts'
import { endWithNpm } from '../../cli/npm-ancestors.ts'
import { UsageError } from '../../cli/usage-error.ts'
import { checkIncident } from './check-incident.ts'
import { checkReplay } from './check-replay.ts'
import { checkShrink } from './check-shrink.ts'
import { confusionTable } from './confusion-table.ts'
import { environments, type KnownIncident, knownIncidents } from './incidents.ts'
import { recordSimulated } from './record-simulated.ts'

const command = defineCommand({
  meta: {
    name: 'incidents',
    description:
      'Make the known incidents in a simulated world, record each from outside, and explain it, without and with a hint. Prints what was said of what.',
  },
  args: {
    only: { type: 'string', description: 'Part of the name of the incidents to make' },
    seeds: {
      ...{ type: 'string', valueHint: 'S,S', default: '1,2,3,4,5' },
      description: 'A seed draws block times, delays, when it happens, and what it leaves open',
    },
    replay: {
      type: 'boolean',
      description: 'Replay each instead: the node with the bug must fail the same way, and ours pass',
    },
    shrink: {
      type: 'boolean',
      description: 'Shrink each instead to five events at most, and run the printed scenario',
    },
  },
})

/** 0 when all is as it should be, 1 otherwise. */
async function main(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(command, argv)
  if (parsed.help) return 0
  const { only = '', replay, shrink } = parsed.args
  const seeds = parsed.args.seeds.split(',').filter((seed) => seed !== '')
  const fits = ([name]: readonly [string, KnownIncident]) => name.includes(only)
  const withBug = Object.entries(knownIncidents).filter(fits)
  const all = [...withBug, ...Object.entries(environments).filter(fits)]
  if (all.length === 0 || seeds.length === 0)
    throw new UsageError(
      `expected some of these incidents: ${Object.keys({ ...knownIncidents, ...environments }).join(', ')}`,
    )
  let wrong = 0
  const tell = (name: string, seed: string, why: string | null) => {
    if (why !== null) wrong++
    process.stdout.write(
      `${why === null ? 'ok   ' : 'WRONG'} ${name}, seed ${seed}\n${why === null ? '' : `${why}\n`}`,
    )
  }
  if (replay === true || shrink === true) {
    for (const seed of seeds)
      for (const [name, incident] of withBug) {
        const { events } = await recordSimulated({ ...incident, seed })
        if (replay === true) tell(`${name}: replay`, seed, await checkReplay(events, incident.bug))
        if (shrink === true) tell(`${name}: shrink`, seed, await checkShrink(name, incident, events))
      }
    return wrong === 0 ? 0 : 1
  }
  const said: { readonly is: string; readonly said: string }[] = []
  for (const seed of seeds)
    for (const [name, incident] of all) {
      const checked = await checkIncident(incident, seed)
      said.push(checked)
      tell(name, seed, checked.wrong === null ? null : `${checked.wrong}\n${checked.text}`)
    }
  process.stdout.write(`\n${confusionTable(said)}\n`)
  return wrong === 0 ? 0 : 1
}

endWithNpm()
process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n`)
  return 2
})
