import type { WorldEvent } from '../../events/event.ts'
import { importComponent } from '../import/import-component.ts'
import type { Evidence } from './classes/class-rule.ts'
import { classes } from './classes/classes.ts'
import type { Explanation, JudgedClass } from './explanation.ts'
import { findingsOf } from './findings.ts'
import { createIncidentReader, type Incident, readIncident } from './incident.ts'
import { storyOf } from './story.ts'

/** A class that less speaks for is not named. */
const scoreMin = 3

/** Says what went wrong first and what it likely is, from the events alone. */
export function explainEvents(events: Iterable<WorldEvent>): Explanation {
  return explainIncident(readIncident(events))
}

/** The same of a stream of any length, which is read once. */
export async function explainStream(events: AsyncIterable<WorldEvent>): Promise<Explanation> {
  const reader = createIncidentReader()
  for await (const event of events) reader.add(event)
  return explainIncident(reader.incident())
}

/** The same of what was read. */
export function explainIncident(incident: Incident): Explanation {
  const findings = findingsOf(incident)
  const judged = classes
    .map(({ name, title, next, judge }): JudgedClass => {
      const evidence = judge(incident)
      return {
        ...{ name, title, next },
        score: evidence.reduce((sum, { weight }) => sum + weight, 0),
        for: evidence.filter(({ weight }) => weight >= 0),
        against: evidence.filter(({ weight }) => weight < 0),
      }
    })
    .filter((one) => one.for.some(({ weight }) => weight > 0))
    .sort((a, b) => b.score - a.score)
  const [best] = judged
  const likely = best !== undefined && best.score >= scoreMin ? best : null
  const first = likely === null ? null : firstOf(likely.for)
  return {
    run: incident.index.run?.scenario ?? 'a run without its first event',
    ...{ from: incident.from, to: incident.to, findings, classes: judged, class: likely, first },
    story: storyOf(incident, { findings, likely, first }),
    unknown: unknownOf(incident),
  }
}

function firstOf(evidence: readonly Evidence[]): Explanation['first'] {
  const timed = evidence.filter(({ t, weight }) => t !== undefined && weight > 0)
  const first = timed.reduce<Evidence | null>(
    (one, other) => (one === null || (other.t ?? 0) < (one.t ?? 0) ? other : one),
    null,
  )
  if (first?.t === undefined) return null
  return {
    t: first.t,
    node: first.node ?? evidence.find(({ node }) => node !== undefined)?.node ?? '',
    what: first.text,
  }
}

/** What these events cannot tell. */
function unknownOf(incident: Incident): readonly string[] {
  const { nodes, l1, index } = incident
  const all = [...nodes.values()]
  const silent = new Set(
    incident.events.flatMap((event) =>
      event.kind === 'gap' && event.component !== 'recorder' && !nodes.has(event.component)
        ? [event.component]
        : [],
    ),
  )
  return [
    ...index.logs.flatMap(({ component, level, message }) =>
      component === importComponent && level === 'note' ? [message] : [],
    ),
    ...[...silent].map((name) => `${name} never answered`),
    ...(l1.heads.length === 0 ? ['L1 was not recorded: whose blocks are orphans is not known'] : []),
    ...(all.every(({ source }) => source === null) ? ['nobody is known to follow anybody'] : []),
    ...(all.every(({ kind }) => kind !== 'engine') ? ['no engine was recorded'] : []),
    ...(index.logs.every(({ level }) => level === 'note') ? ['no log was recorded'] : []),
    ...all.flatMap(({ name, gaps }) => {
      const ms = gaps.reduce((sum, { from, to }) => sum + to - from, 0)
      return ms < 1_000
        ? []
        : [`nothing is known of ${name} for ${Math.round(ms / 1000)} s in ${gaps.length} gaps`]
    }),
  ]
}
