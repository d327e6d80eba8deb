import { reorgBefore, reorgGraceMs, type StepBack, stepsBack } from './features.ts'
import type { Incident, IncidentNode } from './incident.ts'
import { offL1 } from './off-l1.ts'

/** When the head of an engine went back further than a reorg of its tip, and nobody made it: neither L1, nor its node from a fork of L1. */
export function engineLosses(incident: Incident, engine: IncidentNode): readonly StepBack[] {
  const node = incident.nodes.get(engine.name.replace(/-el$/, ''))
  const graceMs = reorgGraceMs(incident)
  const forks = node === undefined ? [] : offL1(incident, node, 'currentL1')
  return stepsBack(engine, 'unsafe').filter(
    ({ t, from, to }) =>
      from.number - to.number > 1 &&
      reorgBefore(incident, t, graceMs) === undefined &&
      !forks.some((spell) => spell.to - spell.from > graceMs && spell.from <= t && t <= spell.to),
  )
}
