import type { JudgedClass } from './explanation.ts'
import { consensusNodes, headAt } from './features.ts'
import type { Finding } from './finding.ts'
import type { Incident } from './incident.ts'

/** More is not read. */
const sentencesMax = 10

interface Told {
  readonly t: number
  readonly text: string
}

/** About ten sentences, in the order of time, with seconds since the beginning. */
export function storyOf(
  incident: Incident,
  {
    findings,
    likely,
    also,
  }: {
    readonly findings: readonly Finding[]
    readonly likely: JudgedClass | null
    readonly also: readonly JudgedClass[]
  },
): readonly string[] {
  const told: Told[] = []
  const { reorgs, components, faults } = incident.index
  for (const { t, orphaned, replaced } of reorgs.slice(0, 2))
    told.push({
      t,
      text: `L1 replaced ${orphaned.length} blocks from ${orphaned[0]?.number ?? '?'} by ${replaced.length}.`,
    })
  for (const { name, point, from } of faults.slice(0, 2))
    told.push({ t: from, text: `The fault ${name} was put on ${point}.` })
  for (const track of components.values())
    for (const { t, value } of track)
      if (['kill', 'wipe', 'pause'].includes(value.action))
        told.push({ t, text: `${value.component}: ${value.action}.` })
  for (const { t, text } of [likely, ...also].flatMap((one) => one?.for ?? []))
    if (t !== undefined) told.push({ t, text: `${capital(text)}.` })
  for (const { t, node, rule, what } of findings.slice(0, 3))
    told.push({ t, text: `${node} violates ${rule}: ${what}.` })
  const middle = [...new Map(told.map((one) => [one.text, one])).values()]
    .sort((a, b) => a.t - b.t)
    .slice(0, sentencesMax - 2)
  return [
    `The events are of ${Math.round((incident.to - incident.from) / 1000)} s and begin with ${headsAt(incident, firstKnown(incident))}.`,
    ...middle.map(({ t, text }) => `After ${((t - incident.from) / 1000).toFixed(1)} s: ${text}`),
    `They end with ${headsAt(incident, incident.to)}.`,
  ]
}

/** When every node had told its heads once. */
function firstKnown(incident: Incident): number {
  const times = consensusNodes(incident).map(({ levels }) => levels.get('unsafe')?.at(0)?.t ?? incident.from)
  return Math.max(incident.from, ...times)
}

function headsAt(incident: Incident, t: number): string {
  const l1 = incident.l1.headAt(t)
  const nodes = consensusNodes(incident).map((node) => {
    const number = (level: 'unsafe' | 'localSafe' | 'finalized') => headAt(node, level, t)?.number ?? '–'
    return `${node.name} at ${number('unsafe')} (local-safe ${number('localSafe')}, finalized ${number('finalized')})`
  })
  return `${l1 === null ? 'L1 unknown' : `L1 at ${l1.number}`}${nodes.length === 0 ? '' : `, ${nodes.join(', ')}`}`
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
