import { reorgBefore, reorgGraceMs, zeroSpells } from './features.ts'
import type { Incident, IncidentNode, Interval } from './incident.ts'

/** A node whose end nobody recorded may be slow; it is away when it says nothing for so long. */
const silenceMs = 10_000
/** What was done to a component that is away then. */
const endings: ReadonlySet<string> = new Set(['stop', 'kill', 'pause', 'exit'])

/**
 * When a node was away, or had forgotten its heads: the zeros of a reset after an L1 reorg are none, and neither is the
 * silence of a machine that is busy.
 */
export function absences(incident: Incident, node: IncidentNode): readonly Interval[] {
  const gaps = node.gaps.filter((gap) => isAway(incident, node, gap))
  const zeros = zeroSpells(node).filter(
    ({ from, to }) =>
      reorgBefore(incident, from, reorgGraceMs(incident)) === undefined ||
      node.gaps.some((gap) => gap.from <= to && gap.to >= from - incident.l1BlockMs),
  )
  return [...gaps, ...zeros].sort((a, b) => a.from - b.from)
}

/** A run knows what was done to its components; of a recording there are the silences, and whose they were. */
function isAway(incident: Incident, node: IncidentNode, gap: Interval): boolean {
  const { components } = incident.index
  if (incident.isRecording || components.size === 0) return !everybodyWas(incident, node, gap)
  const done = components.get(node.component) ?? []
  const last = done.findLast(({ t }) => t <= gap.from)
  if (last !== undefined && endings.has(last.value.action)) return true
  if (done.some(({ t, value }) => t >= gap.from && t <= gap.to && endings.has(value.action))) return true
  return gap.to - gap.from >= silenceMs
}

/** Whether nobody else answered either: then it is the one who asked. */
function everybodyWas({ nodes }: Incident, node: IncidentNode, gap: Interval): boolean {
  const others = [...nodes.values()].filter(
    ({ kind, component }) => kind === 'consensus' && component !== node.component,
  )
  return (
    others.length > 0 &&
    others.every(({ gaps }) => gaps.some(({ from, to }) => from < gap.to && to > gap.from))
  )
}
