import { consensusNodes, reorgGraceMs, trackOf } from '../features.ts'
import { type Incident, isZeroHead } from '../incident.ts'
import { offL1 } from '../off-l1.ts'
import type { ClassRule, Evidence } from './class-rule.ts'

const levels = ['currentL1', 'localSafe', 'unsafe'] as const

export const l1Reorg: ClassRule = {
  name: 'l1-reorg',
  title: 'L1 had a reorg at that time.',
  next: 'Which of the signs are of the reorg, and which of the other: compare their times.',
  alone: {
    title: 'L1 had a reorg, and every node followed it: safe heads go back with it, and are derived again.',
    next: 'Nothing: a healthy network goes through it.',
  },
  isNormal: true,
  judge: (incident) =>
    incident.index.reorgs.flatMap(({ t, orphaned, replaced }, index, all): readonly Evidence[] => [
      {
        weight: 4,
        t,
        node: 'l1',
        text: `L1 replaced ${orphaned.length} blocks from ${orphaned[0]?.number ?? '?'} by ${replaced.length}`,
      },
      ...recovered(incident, t, all[index + 1]?.t ?? incident.to),
    ]),
}

/** When every node stood on the new chain, and was as far as before. */
function recovered(incident: Incident, t: number, until: number): readonly Evidence[] {
  const nodes = consensusNodes(incident)
  if (nodes.length === 0) return []
  const lasting = nodes.flatMap((node) =>
    levels.flatMap((level) => offL1(incident, node, level).filter(({ from, to }) => from < until && to > t)),
  )
  const leftMs = Math.max(0, ...lasting.map(({ to }) => to - t))
  if (t + leftMs >= until) return []
  const seconds = (ms: number) => (ms / 1000).toFixed(1)
  const backMs = nodes.map((node) => {
    const track = trackOf(node, 'localSafe')
    const before = track.headAt(t)
    if (before === undefined || isZeroHead(before)) return 0
    // Heads are polled: what moved back is told after the reorg.
    const went = track
      .moves(track.countUntil(t))
      .find((move) => move.value.number < before.number && !isZeroHead(move.value))
    if (went === undefined || went.t > t + 4 * reorgGraceMs(incident)) return 0
    const again = track.moves(track.countUntil(went.t)).find(({ value }) => value.number >= before.number)
    return again === undefined ? Number.POSITIVE_INFINITY : again.t - t
  })
  const again = Math.max(0, ...backMs)
  return [
    {
      weight: 0,
      text: `every node stood on the new chain again after ${seconds(leftMs)} s${Number.isFinite(again) && again > 0 ? `, and local-safe was where it had been after ${seconds(again)} s` : ''}`,
    },
  ]
}
