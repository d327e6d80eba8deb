import type { FaultSpan } from '../../../report/model/run-index.ts'
import { failureOf } from '../failure.ts'
import type { Incident } from '../incident.ts'
import type { ClassRule, Evidence } from './class-rule.ts'

/** More faults are counted. */
const shownMax = 3

/** A run of ours tells what was done to it: that needs no guess. */
export const faultOfTheRun: ClassRule = {
  name: 'fault-of-the-run',
  title: 'A fault that the run itself had put on stood there and hit.',
  next: 'Whether the node does under that fault what it must; the signs below follow from it as a rule.',
  leadsTo: [
    'source-replays',
    'source-on-another-l1-fork',
    'source-restarted',
    'source-behind',
    'own-l1-lagging',
    'l1-reorg-missed',
    'el-stuck-syncing',
    'el-lost-blocks',
    'batcher-stopped',
    'finality-stall',
    'gas-limit-or-fork-differs',
    'sequencer-oscillates',
    'follower-left-behind',
  ],
  judge(incident) {
    const hit = incident.index.faults.filter(({ hits }) => hits.length > 0)
    const standing = standingThen(incident, hit)
    return [
      ...standing.slice(0, shownMax).map((fault, index) => evidenceOf(incident, fault, index === 0 ? 12 : 1)),
      ...(standing.length > shownMax
        ? [{ weight: 0, text: `and ${standing.length - shownMax} more faults` }]
        : []),
    ]
  },
}

/** Those that stood while the run waited for what never came, the longest first; all that hit when it did not fail. */
function standingThen(incident: Incident, hit: readonly FaultSpan[]): readonly FaultSpan[] {
  const failure = failureOf(incident)
  if (failure === null) return hit
  const { since, t } = failure
  return hit.filter((fault) => fault.from <= t && (fault.to ?? incident.to) >= since)
}

function evidenceOf(
  incident: Incident,
  { name, point, from, to, hits }: FaultSpan,
  weight: number,
): Evidence {
  const seconds = Math.round(((to ?? incident.to) - from) / 1000)
  return {
    weight,
    t: hits[0] ?? from,
    node: point.split(/[→↔]/)[0] ?? point,
    text: `${name} stood on ${point} for ${seconds} s${to === null ? ', until the end,' : ''} and hit ${hits.length} ${hits.length === 1 ? 'time' : 'times'}`,
  }
}
