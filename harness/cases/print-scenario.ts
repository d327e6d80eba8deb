import { type Case, type Deed, topologyOf } from './case.ts'

/** The case as a scenario that can be pasted: the same topology, and the same deeds at the same times. */
export function printScenario(one: Case): string {
  const topology = JSON.stringify(
    topologyOf(one),
    (_, value) => (typeof value === 'bigint' ? `${value}n` : value),
    2,
  )
    .replaceAll(/"(\d+n)"/g, '$1')
    .replaceAll(/"(\w+)":/g, '$1:')
  const derives = Object.entries(one.topology.cls).find(([, { follows }]) => follows === undefined)?.[0]
  const others = Object.keys(one.topology.cls).filter((name) => name !== derives)
  const names = [...Object.keys(one.topology.cls), 'l1', 'clock', 'faultAt', 'batcher'].join(', ')
  return `// ${one.what}
// ${one.violates === null ? 'It violates nothing.' : `${one.violates.reason}: ${one.violates.found.split('\n')[0]}`}
import { defineTopology, faultFromJson, scenario } from 'lockstep'

const topology = defineTopology(${topology})

scenario('${one.name}', { topology }, async ({ ${names} }) => {
${[...one.deeds]
  .sort((a, b) => a.atMs - b.atMs)
  .map((deed, index, all) => lineOf(deed, deed.atMs - (all[index - 1]?.atMs ?? 0)))
  .join('\n')}
  await clock.sleep(${one.faultsMs - Math.max(0, ...one.deeds.map(({ atMs }) => atMs))})
${others.map((name) => `  await ${name}.inSync(${derives}, 'localSafe')`).join('\n')}
})
`
}

function lineOf(deed: Deed, waitMs: number): string {
  const wait = waitMs > 0 ? `  await clock.sleep(${waitMs})\n` : ''
  switch (deed.kind) {
    case 'fault': {
      const when = deed.forMs === undefined ? '' : `.during({ toMs: ${deed.forMs} })`
      return `${wait}  await faultAt('${deed.point}').install(faultFromJson(${JSON.stringify(deed.fault)})${when})`
    }
    case 'l1-reorg':
      return `${wait}  await l1.reorg((await l1.block('latest')).number - ${deed.depth - 1}n, ${JSON.stringify({ to: deed.to, transactions: deed.transactions })})`
    case 'l1-mine':
      return `${wait}  await l1.mine({ blocks: ${deed.blocks} })`
    case 'l1-stop':
      return `${wait}  await l1.stop() // for ${deed.forMs} ms`
    case 'batcher-stop':
      return `${wait}  await batcher.stop() // for ${deed.forMs} ms`
    case 'sequencer-stop':
      return `${wait}  await ${deed.node}.stopSequencer() // for ${deed.forMs} ms`
    case 'reset':
      return `${wait}  await ${deed.node}.client.request({ method: 'admin_resetDerivationPipeline' })`
  }
}
