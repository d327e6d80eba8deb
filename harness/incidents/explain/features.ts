import type { HeadLevel } from '../../events/event.ts'
import { changeAt } from '../../report/model/track.ts'
import { type Head, type Incident, type IncidentNode, type Interval, isZeroHead } from './incident.ts'

/** A head and how long it was the head, as far as that is known: gaps divide it. */
export interface Segment extends Interval {
  readonly head: Head
}

/** What a node published as that head, in the order of time, without the time when nothing is known of it. */
export function segments(incident: Incident, node: IncidentNode, level: HeadLevel): readonly Segment[] {
  const track = node.levels.get(level) ?? []
  return track.flatMap(({ t, value }, index) => {
    const whole = { head: value, from: t, to: track[index + 1]?.t ?? incident.to }
    return node.gaps.reduce<readonly Segment[]>(
      (parts, gap) =>
        parts.flatMap((part) => {
          if (gap.to <= part.from || gap.from >= part.to) return [part]
          const before = { ...part, to: gap.from }
          const after = { ...part, from: gap.to }
          return [before, after].filter(({ from, to }) => to > from)
        }),
      [whole],
    )
  })
}

/** When a head stood still for at least so long. */
export function stalls(
  incident: Incident,
  node: IncidentNode,
  level: HeadLevel,
  ms: number,
): readonly Segment[] {
  return segments(incident, node, level).filter(({ head, from, to }) => !isZeroHead(head) && to - from >= ms)
}

export function headAt(node: IncidentNode, level: HeadLevel, t: number): Head | null {
  const head = changeAt(node.levels.get(level), t)?.value
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
  const track = (node.levels.get(level) ?? []).filter(({ value }) => !isZeroHead(value))
  return track.flatMap(({ t, value: to }, index) => {
    const from = track[index - 1]?.value
    return from !== undefined && to.hash !== from.hash && to.number <= from.number ? [{ t, from, to }] : []
  })
}

/** When a node that had told heads told zeros instead: it was started again, or resets. */
export function zeroSpells(node: IncidentNode): readonly Interval[] {
  const track = node.levels.get('currentL1') ?? []
  return track.flatMap(({ t, value }, index) =>
    index > 0 && isZeroHead(value) ? [{ from: t, to: track[index + 1]?.t ?? t }] : [],
  )
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

/** The node that shows new unsafe blocks first: it builds them, or stands next to who does. */
export function leader(incident: Incident): IncidentNode | null {
  const first = new Map<string, { readonly t: number; readonly node: IncidentNode }>()
  for (const node of consensusNodes(incident))
    for (const { t, value } of node.levels.get('unsafe') ?? []) {
      const known = first.get(value.hash)
      if (known === undefined || t < known.t) first.set(value.hash, { t, node })
    }
  const counts = Map.groupBy(first.values(), ({ node }) => node)
  return [...counts].sort(([, a], [, b]) => b.length - a.length)[0]?.[0] ?? null
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
