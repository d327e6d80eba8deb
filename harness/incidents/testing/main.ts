import { parseArgs } from 'node:util'
import { errorText } from '../../../node/concurrency/error-text.ts'
import { checkIncident } from './check-incident.ts'
import { checkReplay } from './check-replay.ts'
import { checkShrink } from './check-shrink.ts'
import { confusionTable } from './confusion-table.ts'
import { environments, type KnownIncident, knownIncidents } from './incidents.ts'
import { recordSimulated } from './record-simulated.ts'

const help = `npm run incidents -- [flags]: makes the known incidents in a simulated world, records each from outside, and
explains it, without and with a hint. Prints what was said of what.

  --only TEXT    part of the name of the incidents to make
  --seeds S,S    default 1,2,3,4,5; a seed draws block times, delays, when it happens, and what it leaves open
  --replay       replay each instead: the node with the bug must fail the same way, and ours pass
  --shrink       shrink each instead to five events at most, and run the printed scenario
`

class UsageError extends Error {}

function readFlags(args: string[]) {
  const flag = { type: 'boolean', default: false } as const
  const text = (value: string) => ({ type: 'string', default: value }) as const
  try {
    const options = { only: text(''), seeds: text('1,2,3,4,5'), replay: flag, shrink: flag, help: flag }
    return parseArgs({ args, options }).values
  } catch (error) {
    throw new UsageError(errorText(error))
  }
}

/** 0 when all is as it should be, 1 otherwise. */
async function main(argv: string[]): Promise<number> {
  const { only, replay, shrink, seeds: wanted, help: asksHelp } = readFlags(argv)
  if (asksHelp) {
    process.stdout.write(help)
    return 0
  }
  const seeds = wanted.split(',').filter((seed) => seed !== '')
  const fits = ([name]: readonly [string, KnownIncident]) => name.includes(only)
  const withBug = Object.entries(knownIncidents).filter(fits)
  const all = [...withBug, ...Object.entries(environments).filter(fits)]
  if (all.length === 0 || seeds.length === 0)
    throw new UsageError(
      `expected some of these incidents: ${Object.keys({ ...knownIncidents, ...environments }).join(', ')}`,
    )
  const asked = replay ? 'replay' : 'shrink'
  const without = all.filter(([, { bug }]) => bug === undefined).map(([name]) => name)
  if ((replay || shrink) && without.length === all.length)
    throw new UsageError(
      `no node of ${without.join(', ')} has a bug of its own: there is nothing to ${asked}`,
    )
  let wrong = 0
  const tell = (name: string, seed: string, why: string | null) => {
    if (why !== null) wrong++
    process.stdout.write(
      `${why === null ? 'ok   ' : 'WRONG'} ${name}, seed ${seed}\n${why === null ? '' : `${why}\n`}`,
    )
  }
  const said: { readonly is: string; readonly said: string }[] = []
  for (const seed of seeds)
    for (const [name, incident] of replay || shrink ? withBug : all) {
      const recorded = await recordSimulated({ ...incident, seed })
      const { bug } = incident
      if (replay && bug !== undefined) tell(`${name}: replay`, seed, await checkReplay(recorded.events, bug))
      if (shrink && bug !== undefined)
        tell(
          `${name}: shrink`,
          seed,
          await checkShrink(name, { class: incident.class, bug }, recorded.events),
        )
      if (replay || shrink) continue
      const checked = checkIncident(incident, recorded)
      said.push(checked)
      tell(name, seed, checked.wrong === null ? null : `${checked.wrong}\n${checked.text}`)
    }
  if ((replay || shrink) && without.length > 0)
    process.stdout.write(`not to ${asked}, for no node has a bug of its own: ${without.join(', ')}\n`)
  if (said.length > 0) process.stdout.write(`\n${confusionTable(said)}\n`)
  return wrong === 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n`)
  return 2
})
