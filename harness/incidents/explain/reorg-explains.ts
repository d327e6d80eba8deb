import type { HeadLevel } from '../../events/event.ts'
import { reorgBefore, reorgGraceMs, type StepBack, stepsBack, trackOf } from './features.ts'
import type { Head } from './head.ts'
import { type Incident, type IncidentNode, isZeroHead } from './incident.ts'

/** A block or two below the first orphan a node finds what it can keep. */
const belowForkMax = 3

/**
 * Whether an L1 reorg within that time before a step back took the node's head so far: to what was not orphaned, or to
 * where a reset of its derivation begins, which is its finalized head and nothing below (genesis, when it had finalized
 * nothing). Source: specs, protocol/derivation.md, "Finding the sync starting point".
 */
export function reorgExplains(
  incident: Incident,
  node: IncidentNode,
  { t, to }: StepBack,
  withinMs: number,
): boolean {
  const first = reorgBefore(incident, t, withinMs)?.orphaned[0]?.number
  if (first === undefined) return false
  const kept = to.origin === undefined || to.origin.number >= first - belowForkMax
  const finalized = lastTold(node, 'finalized', t - 1)
  return kept || finalized === null || to.number >= finalized.number
}

/** The head that a node told last, which was perhaps before it was started again. */
function lastTold(node: IncidentNode, level: HeadLevel, t: number): Head | null {
  const track = trackOf(node, level)
  for (let index = track.countUntil(t) - 1; index >= 0; index--) {
    const { value } = track.at(index)!
    if (!isZeroHead(value)) return value
  }
  return null
}

/** When a node's local-safe head went back and no L1 reorg is why: it derives again what it had derived. */
export function replays(incident: Incident, node: IncidentNode): readonly StepBack[] {
  return stepsBack(node, 'localSafe').filter(
    (step) =>
      step.to.number < step.from.number && !reorgExplains(incident, node, step, 4 * reorgGraceMs(incident)),
  )
}
