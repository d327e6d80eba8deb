import { absences } from '../absences.ts'
import { sources } from '../features.ts'
import { replays } from '../reorg-explains.ts'
import type { ClassRule } from './class-rule.ts'

export const sourceRestarted: ClassRule = {
  name: 'source-restarted',
  title: 'The source was away for a while and went on where it was.',
  next: 'Its log says why it ended; followers hold safe and finalized meanwhile.',
  leadsTo: ['source-behind', 'batcher-stopped', 'finality-stall'],
  judge: (incident) =>
    sources(incident).flatMap((source) => {
      const [first] = absences(incident, source).filter(({ from, to }) => to - from > 2 * incident.l2BlockMs)
      if (first === undefined) return [{ weight: -4, text: `${source.name} was never away` }]
      return [
        {
          weight: 4,
          t: first.from,
          node: source.name,
          text: `${source.name} did not answer, or knew nothing, for ${Math.round((first.to - first.from) / 1000)} s`,
        },
        ...(replays(incident, source).length > 0
          ? [{ weight: -3, text: 'its local-safe went back: it replays' }]
          : []),
      ]
    }),
}
