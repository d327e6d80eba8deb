import type { HeadLevel } from '../../events/event.ts'
import { trackOf } from '../explain/features.ts'
import type { Head } from '../explain/head.ts'
import { createHeadTrack, type HeadTrack } from '../explain/head-track.ts'
import type { Incident, IncidentNode } from '../explain/incident.ts'

/** What a node published at a time, as recorded and as replayed; null: nothing is known. */
export interface HeadPair {
  readonly level: HeadLevel
  readonly recorded: Head | null
  readonly replayed: Head | null
  /** Whether that is a divergence: within the tolerance of that time neither had the head of the other. */
  readonly counts: boolean
}

export interface Divergence extends HeadPair {
  readonly t: number
}

export interface HeadComparison {
  /** The first time at which both differ for longer than polls explain; null when they never do. */
  readonly divergence: Divergence | null
  /** How much earlier or later the other may have a head: three L2 blocks. */
  readonly toleranceMs: number
  /** Heads side by side, at equal distances and at the divergence. */
  readonly rows: readonly { readonly t: number; readonly heads: readonly HeadPair[] }[]
}

const levels: readonly HeadLevel[] = ['unsafe', 'localSafe', 'crossSafe', 'finalized', 'currentL1']
const rowsMax = 12

/** @param from when the replay began: the node gets some blocks of time to start. */
export function compareHeads(
  incident: Incident,
  recorded: IncidentNode,
  replayed: IncidentNode | undefined,
  from: number,
): HeadComparison {
  const toleranceMs = 3 * incident.l2BlockMs
  const begin = from + 5 * incident.l2BlockMs
  const track = (node: IncidentNode | undefined, level: HeadLevel) =>
    node === undefined ? createHeadTrack() : trackOf(node, level)
  const isAway = (t: number) =>
    recorded.gaps.some((gap) => gap.from - toleranceMs <= t && t <= gap.to + toleranceMs)

  function differ(level: HeadLevel, t: number): boolean {
    const [a, b] = [track(recorded, level), track(replayed, level)]
    return !holdsNear(b, a.headAt(t), t) && !holdsNear(a, b.headAt(t), t)
  }
  /** Whether the track has that head at any time around `t`. */
  function holdsNear(heads: HeadTrack, head: Head | undefined, t: number): boolean {
    if (head === undefined) return true
    const first = Math.max(0, heads.countUntil(t - toleranceMs) - 1)
    const last = heads.countUntil(t + toleranceMs)
    return heads
      .moves(first)
      .take(last - first)
      .some(({ value }) => value.hash === head.hash)
  }
  const pairsAt = (t: number): readonly HeadPair[] =>
    levels.map((level) => ({
      level,
      recorded: track(recorded, level).headAt(t) ?? null,
      replayed: track(replayed, level).headAt(t) ?? null,
      counts: t >= begin && !isAway(t) && differ(level, t),
    }))

  // Between these times nothing changes of what is compared.
  const times = levels
    .flatMap((level) =>
      [recorded, replayed].flatMap((node) =>
        track(node, level)
          .moves()
          .flatMap(({ t }) => [t - toleranceMs, t, t + toleranceMs])
          .toArray(),
      ),
    )
    .concat(
      begin,
      recorded.gaps.map(({ to }) => to + toleranceMs + 1),
    )
    .filter((t) => t >= begin && t <= incident.to && !isAway(t))
    .sort((a, b) => a - b)
  let divergence: Divergence | null = null
  for (const t of new Set(times)) {
    const level = levels.find((one) => differ(one, t))
    const pair = level === undefined ? undefined : pairsAt(t).find((one) => one.level === level)
    if (pair === undefined) continue
    divergence = { t, ...pair }
    break
  }
  const stepMs = (incident.to - begin) / (rowsMax - 1)
  const rows = Array.from({ length: rowsMax }, (_, index) => Math.round(begin + index * stepMs))
  if (divergence !== null) rows.push(divergence.t)
  return {
    ...{ divergence, toleranceMs },
    rows: [...new Set(rows)].sort((a, b) => a - b).map((t) => ({ t, heads: pairsAt(t) })),
  }
}
