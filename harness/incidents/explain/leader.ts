import type { HeadLevel } from '../../events/event.ts'
import type { HeadTrack } from './head-track.ts'

/** Of those nodes the one that shows new unsafe blocks first; null when none shows any. */
export function leaderOf<T extends { readonly levels: ReadonlyMap<HeadLevel, HeadTrack> }>(
  nodes: readonly T[],
): T | null {
  const first = new Map<string, { t: number; by: number }>()
  for (const [by, { levels }] of nodes.entries())
    for (const { t, value } of levels.get('unsafe')?.moves() ?? []) {
      const known = first.get(value.hash)
      if (known === undefined) first.set(value.hash, { t, by })
      else if (t < known.t) Object.assign(known, { t, by })
    }
  const counts = nodes.map(() => 0)
  for (const { by } of first.values()) counts[by] = (counts[by] ?? 0) + 1
  const most = Math.max(0, ...counts)
  return most === 0 ? null : (nodes[counts.indexOf(most)] ?? null)
}
