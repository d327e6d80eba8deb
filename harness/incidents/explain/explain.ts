import type { WorldEvent } from '../../events/event.ts'
import { TimelineError } from '../../events/timeline-error.ts'
import { importComponent } from '../import/import-component.ts'
import type { Explanation } from './explanation.ts'
import { failureOf } from './failure.ts'
import { findingsOf } from './findings.ts'
import { createIncidentReader, type Incident, readIncident } from './incident.ts'
import { judgeClasses } from './judge-classes.ts'
import { storyOf } from './story.ts'

export interface ExplainOptions {
  /** The node that is said to be in trouble: a class that is about others alone is less likely then. */
  readonly node?: string | undefined
}

/** Says what went wrong first and what it likely is, from the events alone. */
export function explainEvents(events: Iterable<WorldEvent>, options: ExplainOptions = {}): Explanation {
  return explainIncident(readIncident(events), options)
}

/**
 * The same of a stream of any length, which is read once.
 * @throws TimelineError when there is no event in it.
 */
export async function explainStream(
  events: AsyncIterable<WorldEvent>,
  options: ExplainOptions = {},
): Promise<Explanation> {
  const reader = createIncidentReader()
  let count = 0
  for await (const event of events) {
    count++
    reader.add(event)
  }
  // Nothing is wrong in it, and nothing is right.
  if (count === 0) throw new TimelineError('expected a run or a recording, found no event in it')
  return explainIncident(reader.incident(), options)
}

/** The same of what was read. */
export function explainIncident(incident: Incident, { node }: ExplainOptions = {}): Explanation {
  const findings = findingsOf(incident)
  const { all, likely, also } = judgeClasses(incident, findings.length > 0, node)
  const first = likely?.first ?? null
  return {
    run: incident.index.run?.scenario ?? 'a run without its first event',
    failure: failureOf(incident),
    ...{ from: incident.from, to: incident.to, findings, classes: all, class: likely, also, first },
    story: storyOf(incident, { findings, likely, also }),
    unknown: unknownOf(incident),
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
