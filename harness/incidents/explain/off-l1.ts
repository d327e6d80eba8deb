import type { HeadLevel } from '../../events/event.ts'
import { segments } from './features.ts'
import type { Head } from './head.ts'
import { type Incident, type IncidentNode, isZeroHead } from './incident.ts'

/** A time when a head stood on an L1 block that was not canonical. */
export interface OffL1 {
  readonly from: number
  readonly to: number
  readonly block: Head
  readonly state: 'orphaned' | 'never'
}

/** Since when, until when and on what a head of a node was off L1; neighbouring times are one. */
export function offL1(incident: Incident, node: IncidentNode, level: HeadLevel): readonly OffL1[] {
  const { l1 } = incident
  const spells: OffL1[] = []
  for (const { head, from, to } of segments(incident, node, level)) {
    const block = level === 'currentL1' || level === 'headL1' ? head : head.origin
    if (block === undefined || isZeroHead(block)) continue
    const state = l1.stateAt(block, to)
    if (state !== 'orphaned' && state !== 'never') continue
    const since = Math.max(from, l1.orphanedSince(block.hash, to) ?? from)
    const last = spells.at(-1)
    if (last !== undefined && since - last.to < incident.l1BlockMs)
      spells[spells.length - 1] = { ...last, to }
    else spells.push({ from: since, to, block, state })
  }
  return spells
}
