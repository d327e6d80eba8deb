import { consensusNodes, headAt, unsafePatienceMs } from '../features.ts'
import type { Incident, IncidentNode, Interval } from '../incident.ts'

/** Blocks that others have and this node does not: fewer are on their way. */
const behindMin = 2
/** So far behind somebody is cut, whatever its safe head is. */
const behindMax = 8

interface Spell {
  readonly from: number
  to: number
  looks: number
  /** At how many of them somebody was further. */
  behind: number
}

/** The longest time in which a node's unsafe head was its local-safe head although somebody was further: no gossip came. */
export function onlySafeMovesUnsafe(incident: Incident, node: IncidentNode, ms: number): Interval | null {
  const ahead = incident.leader
  if (ahead === null || ahead === node) return null
  const spells: Spell[] = []
  let open: Spell | null = null
  const stepMs = Math.max(incident.l2BlockMs / 2, (incident.to - incident.from) / 20_000)
  for (let t = incident.from; t <= incident.to; t += stepMs) {
    const unsafe = headAt(node, 'unsafe', t)
    const safe = headAt(node, 'localSafe', t)?.number ?? 0
    const away = unsafe === null || node.gaps.some(({ from, to }) => from <= t && t < to)
    const lag = away ? 0 : (headAt(ahead, 'unsafe', t)?.number ?? 0) - unsafe.number
    // A safe head that has just moved may be the newest block of all; and it may be behind a head that stands still.
    const isCut = !away && ((safe > 0 && unsafe.number <= safe) || lag > behindMax)
    if (!isCut) {
      open = null
      continue
    }
    if (open === null) {
      open = { from: t, to: t, looks: 0, behind: 0 }
      spells.push(open)
    }
    open.to = t
    open.looks++
    if (lag >= behindMin) open.behind++
  }
  return spells
    .filter(({ from, to, looks, behind }) => to - from >= ms && behind > looks / 2)
    .reduce<Interval | null>(
      (most, one) => (most === null || one.to - one.from > most.to - most.from ? one : most),
      null,
    )
}

/** Who moves with its safe head only, and since when. */
export interface CutOff {
  readonly node: IncidentNode
  readonly spell: Interval
}

/** Of all who do not build, those that hear no gossip. */
export function cutOff(incident: Incident): {
  readonly others: readonly IncidentNode[]
  readonly cut: readonly CutOff[]
} {
  const others = consensusNodes(incident).filter((node) => node !== incident.leader)
  const cut = others.flatMap((node) => {
    const spell = onlySafeMovesUnsafe(incident, node, unsafePatienceMs(incident))
    return spell === null ? [] : [{ node, spell }]
  })
  return { others, cut }
}

/** A peer that it lost at about that time. */
export function lostPeer({ events }: Incident, { node, spell }: CutOff) {
  return events.find(
    (event) =>
      event.kind === 'peer' &&
      event.node === node.name &&
      !event.connected &&
      Math.abs(event.t - spell.from) < 30_000,
  )
}
