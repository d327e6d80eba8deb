import type { HeadLevel } from '../../events/event.ts'
import { onlySafeMovesUnsafe } from './classes/only-safe-moves-unsafe.ts'
import { headAt, rise, safePatienceMs, segments, stalls, trackOf, unsafePatienceMs } from './features.ts'
import { type Finding, show } from './finding.ts'
import type { Head } from './head.ts'
import { type Incident, type IncidentNode, isZeroHead } from './incident.ts'

/** What a follower does that its source does not explain. */
export function followerFindings(
  incident: Incident,
  follower: IncidentNode,
  source: IncidentNode,
): readonly Finding[] {
  return [
    ...withinSource(incident, follower, source),
    ...leftBehind(incident, follower, source),
    ...hearsUnsafe(incident, follower),
  ]
}

/** A follower's safe heads are no higher than its source's, but for a poll or two. */
function withinSource(incident: Incident, follower: IncidentNode, source: IncidentNode): readonly Finding[] {
  const pollMs = 2 * incident.l2BlockMs + follower.sampledMs + source.sampledMs
  return (['localSafe', 'crossSafe', 'finalized', 'currentL1'] as const).flatMap((level) => {
    const rule = level === 'currentL1' ? 'current-l1-from-source' : 'within-source'
    const reported = highest(source, level)
    const ahead = segments(incident, follower, level).find(({ head, from, to }) => {
      if (isZeroHead(head) || to - from < pollMs) return false
      const isAbove = (at: number) => (reported(at) ?? Number.POSITIVE_INFINITY) < head.number
      if (!isAbove(from + pollMs)) return false
      // What it published while it was not heard of is known when it is heard of again.
      const at = heardAfter(source, from, pollMs)
      return at <= incident.to && isAbove(at)
    })
    if (ahead === undefined) return []
    return [
      {
        ...{ rule, node: follower.name, t: ahead.from, until: ahead.to >= incident.to ? null : ahead.to },
        what: `${level} ${show(ahead.head)} is above everything that ${source.name} ever published`,
      },
    ]
  })
}

/** When so long has passed since `from` in which a node was heard of. */
function heardAfter({ gaps }: IncidentNode, from: number, ms: number): number {
  let at = from + ms
  // In the order in which they ended: a later one may begin in what an earlier one adds.
  for (const gap of gaps) if (gap.from < at && gap.to > from) at = Math.max(at, gap.to + ms)
  return at
}

/** The highest block that a node had published as that head, over time. */
function highest(node: IncidentNode, level: HeadLevel): (t: number) => number | undefined {
  const track = trackOf(node, level)
  const most = new Float64Array(track.length)
  let top = -1
  for (let index = 0; index < track.length; index++) {
    top = Math.max(top, track.at(index)!.value.number)
    most[index] = top
  }
  return (t) => most[track.countUntil(t) - 1]
}

/** A follower's safe and finalized heads move when its source's do. */
export function leftBehind(
  incident: Incident,
  follower: IncidentNode,
  source: IncidentNode,
): readonly Finding[] {
  const patienceMs = safePatienceMs(incident) + follower.sampledMs
  // A source that moves after a long time is ahead until the follower's next poll.
  const before = (t: number) => (t >= incident.to ? t : t - 5 * incident.l2BlockMs)
  return (['localSafe', 'finalized'] as const).flatMap((level) => {
    const stall = stalls(incident, follower, level, patienceMs).find(
      ({ head, from, to }) =>
        // What the source had before the stall may have been heard of in it.
        rise(source, level, { from: from + source.sampledMs, to: before(to) }) > 2 ||
        aheadOf(source, level, head, before(to)) > 5,
    )
    if (stall === undefined) return []
    const theirs = headAt(source, level, stall.to)
    return [
      {
        ...{
          rule: 'follower-keeps-up',
          node: follower.name,
          t: Math.max(stall.from, begun(source, level, stall.head)),
        },
        until: stall.to >= incident.to ? null : stall.to,
        what: `${level} stands still at ${show(stall.head)} while ${source.name} went on to ${theirs === null ? '?' : show(theirs)}`,
      },
    ]
  })
}

/** What is at genesis since the boot is left behind when its source is not there any more. */
function begun(source: IncidentNode, level: HeadLevel, head: Head): number {
  if (head.number > 0) return 0
  return (
    trackOf(source, level)
      .moves()
      .find(({ value }) => value.number > 0)?.t ?? 0
  )
}

function aheadOf(source: IncidentNode, level: HeadLevel, head: Head, t: number): number {
  return (headAt(source, level, t)?.number ?? 0) - head.number
}

/** A follower's unsafe head moves with gossip, and not with its safe head alone. */
function hearsUnsafe(incident: Incident, follower: IncidentNode): readonly Finding[] {
  const spell = onlySafeMovesUnsafe(incident, follower, unsafePatienceMs(incident) + follower.sampledMs)
  if (spell === null) return []
  return [
    {
      ...{ rule: 'unsafe-heard', node: follower.name, t: spell.from },
      until: spell.to + incident.l2BlockMs >= incident.to ? null : spell.to,
      what: `unsafe moved with local-safe alone for ${Math.round((spell.to - spell.from) / 1000)} s, while others had newer blocks`,
    },
  ]
}
