import type { HeadLevel } from '../../events/event.ts'
import type { Head } from './head.ts'
import { createHeadTrack, type HeadTrack } from './head-track.ts'
import { type Incident, type IncidentNode, type Interval, isZeroHead } from './incident.ts'

/** A head and how long it was the head, as far as that is known: gaps divide it. */
export interface Segment extends Interval {
  readonly head: Head
}

const nothing: HeadTrack = createHeadTrack()

/** What a node published as that head; an empty track when it published none. */
export function trackOf(node: IncidentNode, level: HeadLevel): HeadTrack {
  return node.levels.get(level) ?? nothing
}

/** The times in which each head stood, in their order, without the times when nothing is known of the node. */
export function* segments(
  incident: Incident,
  node: IncidentNode,
  level: HeadLevel,
): Generator<Segment, void> {
  const track = trackOf(node, level)
  const gaps = joined(node.gaps)
  // Both are in the order of time: an endpoint that fails now and then has a thousand gaps a day.
  let first = 0
  for (let index = 0; index < track.length; index++) {
    const { t, value } = track.at(index)!
    const whole = { head: value, from: t, to: track.at(index + 1)?.t ?? incident.to }
    while (first < gaps.length && gaps[first]!.to <= whole.from) first++
    let { from } = whole
    let isWhole = true
    for (let at = first; at < gaps.length && gaps[at]!.from < whole.to; at++) {
      const gap = gaps[at]!
      isWhole = false
      if (gap.from > from) yield { ...whole, from, to: gap.from }
      from = gap.to
    }
    if (isWhole || whole.to > from) yield { ...whole, from }
  }
}

/** The same times, each once, in their order. */
function joined(gaps: readonly Interval[]): readonly Interval[] {
  const found: { from: number; to: number }[] = []
  for (const { from, to } of gaps.toSorted((a, b) => a.from - b.from)) {
    const last = found.at(-1)
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to)
    else found.push({ from, to })
  }
  return found
}

/** When a head stood still for at least so long. */
export function stalls(
  incident: Incident,
  node: IncidentNode,
  level: HeadLevel,
  ms: number,
): IteratorObject<Segment> {
  return segments(incident, node, level).filter(({ head, from, to }) => !isZeroHead(head) && to - from >= ms)
}

export function headAt(node: IncidentNode, level: HeadLevel, t: number): Head | null {
  const head = trackOf(node, level).headAt(t)
  return head === undefined || isZeroHead(head) ? null : head
}

/** By how many blocks a head rose from one time to another; 0 where it is not known. */
export function rise(node: IncidentNode, level: HeadLevel, { from, to }: Interval): number {
  const [first, last] = [headAt(node, level, from), headAt(node, level, to)]
  return first === null || last === null ? 0 : last.number - first.number
}

/** A head that went to a lower block, or to another one at the same height. */
export interface StepBack {
  readonly t: number
  readonly from: Head
  readonly to: Head
}

export function stepsBack(node: IncidentNode, level: HeadLevel): readonly StepBack[] {
  const steps: StepBack[] = []
  let from: Head | null = null
  for (const { t, value: to } of trackOf(node, level).moves()) {
    if (isZeroHead(to)) continue
    if (from !== null && to.hash !== from.hash && to.number <= from.number) steps.push({ t, from, to })
    from = to
  }
  return steps
}

/** When a node that had told heads told zeros instead: it was started again, or resets. */
export function zeroSpells(node: IncidentNode): readonly Interval[] {
  const track = trackOf(node, 'currentL1')
  const spells: Interval[] = []
  for (let index = 1; index < track.length; index++) {
    const { t, value } = track.at(index)!
    if (isZeroHead(value)) spells.push({ from: t, to: track.at(index + 1)?.t ?? t })
  }
  return spells
}

/** An L1 reorg within that time before `t`, or up to one poll after it. */
export function reorgBefore(incident: Incident, t: number, withinMs: number) {
  return incident.index.reorgs.findLast(
    (reorg) => reorg.t <= t + incident.l2BlockMs && reorg.t >= t - withinMs,
  )
}

/** When a head was more than `blocks` below something that changes over time, for at least `ms`. */
export function lags(
  incident: Incident,
  node: IncidentNode,
  level: HeadLevel,
  {
    behind,
    blocks,
    ms,
  }: { readonly behind: (t: number) => number | null; readonly blocks: number; readonly ms: number },
): readonly (Interval & { readonly blocks: number })[] {
  const found: { from: number; to: number; blocks: number }[] = []
  const stepMs = Math.max(incident.l2BlockMs / 2, (incident.to - incident.from) / 20_000)
  let open: { from: number; to: number; blocks: number } | null = null
  for (let t = incident.from; t <= incident.to; t += stepMs) {
    const mine = node.gaps.some(({ from, to }) => from <= t && t < to) ? null : headAt(node, level, t)
    const theirs = behind(t)
    const lag = mine === null || theirs === null ? 0 : theirs - mine.number
    if (lag > blocks) {
      open ??= { from: t, to: t, blocks: lag }
      open.to = t
      open.blocks = Math.max(open.blocks, lag)
    } else {
      if (open !== null && open.to - open.from >= ms) found.push(open)
      open = null
    }
  }
  if (open !== null && open.to - open.from >= ms) found.push(open)
  return found
}

export function consensusNodes(incident: Incident): readonly IncidentNode[] {
  return [...incident.nodes.values()].filter(({ kind }) => kind === 'consensus')
}

export function engineNodes(incident: Incident): readonly IncidentNode[] {
  return [...incident.nodes.values()].filter(({ kind }) => kind === 'engine')
}

/** Every follower with what is known best of its source. */
export function followers(
  incident: Incident,
): readonly { readonly follower: IncidentNode; readonly source: IncidentNode }[] {
  return consensusNodes(incident).flatMap((follower) => {
    const source = follower.source === null ? undefined : incident.nodes.get(follower.source)
    return source === undefined ? [] : [{ follower, source }]
  })
}

/** The sources that anybody follows, each once. */
export function sources(incident: Incident): readonly IncidentNode[] {
  return [...new Set(followers(incident).map(({ source }) => source))]
}

/** How long safe heads may stand still before that is news: ten L1 blocks. */
export function safePatienceMs({ l1BlockMs }: Incident): number {
  return Math.max(10 * l1BlockMs, 15_000)
}

/** How long an unsafe head may stand still before that is news: ten L2 blocks. */
export function unsafePatienceMs({ l2BlockMs }: Incident): number {
  return Math.max(10 * l2BlockMs, 10_000)
}

/** After an L1 reorg nodes see the new chain and reset: harness/invariants/origins-canonical.ts, without a busy machine. */
export function reorgGraceMs({ l1BlockMs }: Incident): number {
  return 10_000 + 3 * l1BlockMs
}

/** Log lines of a component, or of all, that fit. */
export function logLines(incident: Incident, pattern: RegExp, component?: string) {
  return incident.index.logs.filter(
    (line) =>
      line.level !== 'note' &&
      (component === undefined || line.component === component) &&
      pattern.test(line.message),
  )
}
