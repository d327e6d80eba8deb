import { rise, sources } from '../features.ts'
import { networkStall } from '../network-stall.ts'
import type { ClassRule } from './class-rule.ts'

export const batcherStopped: ClassRule = {
  name: 'batcher-stopped',
  title: 'No batches reach L1, so that no node can have newer safe blocks.',
  next: 'The batcher’s log, its balance on L1, its key against the SystemConfig.',
  leadsTo: ['finality-stall'],
  judge(incident) {
    const stall = networkStall(incident, 'localSafe')
    if (stall === null) return [{ weight: -5, text: 'local-safe went on somewhere' }]
    const [source] = sources(incident)
    const first = incident.leader
    const derived = source === undefined ? 0 : rise(source, 'currentL1', stall)
    const built = first === null ? 0 : rise(first, 'unsafe', stall)
    return [
      {
        weight: 3,
        t: stall.from,
        node: 'batcher',
        text: `local-safe stands still for ${Math.round((stall.to - stall.from) / 1000)} s on every node`,
      },
      derived >= 3
        ? { weight: 3, text: `while ${source?.name} derived ${derived} more L1 blocks` }
        : { weight: -3, text: 'and L1 is not derived either' },
      built >= 3
        ? { weight: 1, text: `and ${first?.name} built ${built} blocks` }
        : { weight: -1, text: 'and no blocks are built' },
    ]
  },
}
