import { headAt, leader } from '../features.ts'
import type { Incident, IncidentNode, Interval } from '../incident.ts'

/** The longest time in which a node's unsafe head was its local-safe head although somebody was further: no gossip came. */
export function onlySafeMovesUnsafe(incident: Incident, node: IncidentNode, ms: number): Interval | null {
  const ahead = leader(incident)
  if (ahead === null || ahead === node) return null
  const spells: Interval[] = []
  let since: number | null = null
  const stepMs = Math.max(incident.l2BlockMs / 2, (incident.to - incident.from) / 20_000)
  for (let t = incident.from; t <= incident.to; t += stepMs) {
    const unsafe = headAt(node, 'unsafe', t)
    const safe = headAt(node, 'localSafe', t)?.number ?? 0
    const away = node.gaps.some(({ from, to }) => from <= t && t < to)
    const lag = away || unsafe === null ? 0 : (headAt(ahead, 'unsafe', t)?.number ?? 0) - unsafe.number
    // Safe may be behind a head that stands still as well.
    const isCut = (lag > 3 && (unsafe?.number ?? 0) <= safe) || lag > 8
    if (isCut) {
      since ??= t
      spells.push({ from: since, to: t })
    } else since = null
  }
  return spells
    .filter(({ from, to }) => to - from >= ms)
    .reduce<Interval | null>(
      (most, one) => (most === null || one.to - one.from > most.to - most.from ? one : most),
      null,
    )
}
