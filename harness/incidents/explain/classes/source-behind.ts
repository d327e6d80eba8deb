import { headAt, lags, rise, safePatienceMs, sources, stepsBack } from '../features.ts'
import type { ClassRule } from './class-rule.ts'

export const sourceBehind: ClassRule = {
  name: 'source-behind',
  title: 'The source derives L1 too slowly or not at all; its followers cannot be further.',
  next: 'Look at the source’s L1 and beacon endpoints and its log; followers do as they should.',
  leadsTo: ['batcher-stopped', 'finality-stall'],
  judge: (incident) =>
    sources(incident).flatMap((source) => {
      const patienceMs = safePatienceMs(incident)
      const [lag] = lags(incident, source, 'currentL1', {
        behind: (t) => incident.l1.headAt(t)?.number ?? null,
        blocks: 10,
        ms: patienceMs,
      })
      if (lag === undefined)
        return [{ weight: -4, text: `currentL1 of ${source.name} kept within 10 blocks of L1` }]
      const stuck = rise(source, 'currentL1', lag) < 2
      const head = headAt(source, 'headL1', lag.to)
      const l1 = incident.l1.headAt(lag.to)
      return [
        {
          weight: 4,
          t: lag.from,
          node: source.name,
          text: `currentL1 of ${source.name} was up to ${lag.blocks} blocks behind L1 for ${Math.round((lag.to - lag.from) / 1000)} s${stuck ? ', and did not move' : ''}`,
        },
        ...(head !== null && l1 !== null && l1.number - head.number > 10
          ? [{ weight: 1, text: `its own L1 shows block ${head.number} while L1 is at ${l1.number}` }]
          : []),
        ...(stepsBack(source, 'localSafe').some(({ t }) => t <= lag.to && t > lag.from - patienceMs)
          ? [{ weight: -2, text: 'its local-safe went back just before: it replays' }]
          : []),
      ]
    }),
}
