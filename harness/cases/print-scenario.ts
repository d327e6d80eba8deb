import { type Case, type Deed, topologyOf } from './case.ts'

/** A line of the scenario's body, and when its turn is. */
interface Act {
  readonly atMs: number
  readonly line: string
}

/** The case as a scenario that can be pasted: the same topology, and the same deeds at the same times. */
export function printScenario(one: Case): string {
  const names = Object.keys(one.topology.cls)
  const derives = names.find((name) => one.topology.cls[name]?.follows === undefined)
  const acts = one.deeds
    .flatMap((deed, index) => actsOf(deed, index, one.faultsMs))
    .sort((a, b) => a.atMs - b.atMs)
  const body = acts.map(({ atMs, line }) => `  await clock.at(start + ${atMs / 1000})\n  ${line}`)
  const ends = names
    .filter((name) => name !== derives)
    .map((name) => `  await ${name}.inSync(${derives}, 'localSafe')`)
  return `// ${one.what}
// ${one.violates === null ? 'It violates nothing.' : `${one.violates.reason}: ${one.violates.found.split('\n')[0]}`}
import { defineTopology, faultFromJson, scenario } from 'lockstep'

const topology = defineTopology(${literal(topologyOf(one))})

scenario('${one.name}', { topology }, async ({ ${names.join(', ')}, batcher, clock, l1, point }) => {
  const start = Number(clock.now)
${[...body, `  await clock.at(start + ${one.faultsMs / 1000})`, ...ends].join('\n')}
})
`
}

function actsOf(deed: Deed, index: number, faultsMs: number): Act[] {
  const { atMs } = deed
  const endMs = Math.min(faultsMs, 'forMs' in deed && deed.forMs !== undefined ? atMs + deed.forMs : faultsMs)
  switch (deed.kind) {
    case 'fault': {
      const fault = `fault${index + 1}`
      const made = `faultFromJson(${JSON.stringify(deed.fault)})`
      return [
        { atMs, line: `const ${fault} = await point('${deed.point}').install(${made})` },
        { atMs: endMs, line: `await ${fault}.remove()` },
      ]
    }
    case 'l1-reorg': {
      const options = `{ to: '${deed.to}', transactions: '${deed.transactions}' }`
      return [{ atMs, line: `await l1.reorg((await l1.head()).number - ${deed.depth - 1}n, ${options})` }]
    }
    case 'l1-mine':
      return [{ atMs, line: `await l1.mine({ blocks: ${deed.blocks}, everySlot: true })` }]
    case 'l1-stop':
      return [
        { atMs, line: 'await l1.stopProduction()' },
        { atMs: endMs, line: 'l1.startProduction()' },
      ]
    case 'batcher-stop':
      return [
        { atMs, line: 'await batcher.stop()' },
        { atMs: endMs, line: 'await batcher.start()' },
      ]
    case 'sequencer-stop':
      return [
        { atMs, line: `await ${deed.node}.stopSequencer()` },
        { atMs: endMs, line: `await ${deed.node}.startSequencer()` },
      ]
    case 'reset':
      // Scenarios have no call for it.
      return [
        {
          atMs,
          line: `// Left out: admin_resetDerivationPipeline of ${deed.node}, which only a replay of the case does.`,
        },
      ]
  }
}

/** As TypeScript: names without quotes where they need none, and `1n` for bigint. */
function literal(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part), 2)
    .replaceAll(/"(\d+n)"/g, '$1')
    .replaceAll(/"([a-zA-Z]\w*)":/g, '$1:')
}
