import type { HeadLevel } from '../../events/event.ts'
import { onlySafeMovesUnsafe } from './classes/only-safe-moves-unsafe.ts'
import {
  consensusNodes,
  engineNodes,
  followers,
  headAt,
  reorgBefore,
  reorgGraceMs,
  rise,
  safePatienceMs,
  segments,
  stalls,
  stepsBack,
  trackOf,
  unsafePatienceMs,
} from './features.ts'
import type { Head } from './head.ts'
import { mergedMoves } from './head-track.ts'
import { type Incident, type IncidentNode, isZeroHead } from './incident.ts'

/** Something that follow mode forbids, or that a healthy network does not show, from the outside. */
export interface Finding {
  /** The invariant of `harness/invariants`, or the name of a rule of progress. */
  readonly rule: string
  readonly node: string
  /** When it began; Unix time in milliseconds. */
  readonly t: number
  /** When it ended; null while it lasts. */
  readonly until: number | null
  readonly what: string
}

/** An engine that restarts, or a reset, takes an unsafe head back once or twice. */
const unsafeStepsMin = 3
const order: readonly HeadLevel[] = ['finalized', 'crossSafe', 'localSafe', 'unsafe']
const show = ({ number, hash }: Head) => `${number}:${hash.slice(0, 10)}…`

/** Everything that was violated, the first first. */
export function findingsOf(incident: Incident): readonly Finding[] {
  const found = [
    ...told(incident),
    ...consensusNodes(incident).flatMap((node) => [
      ...headsOrdered(incident, node),
      ...finalizedFinal(node),
      ...originsCanonical(incident, node),
      ...safeWentBack(incident, node),
      ...unsafeGoesBack(incident, node),
    ]),
    ...followers(incident).flatMap(({ follower, source }) => [
      ...withinSource(incident, follower, source),
      ...leftBehind(incident, follower, source),
      ...hearsUnsafe(incident, follower),
    ]),
    ...engineNodes(incident).flatMap((node) => engineWentBack(incident, node)),
    ...standsStill(incident),
  ]
  return found.sort((a, b) => a.t - b.t)
}

/** What the invariants of a run said themselves. */
function told({ index }: Incident): readonly Finding[] {
  return index.violations.map(({ invariant, node, t, message }) => ({
    ...{ rule: invariant, node, t, until: null, what: message ?? 'violated' },
  }))
}

/** finalized ≤ safe ≤ local-safe ≤ unsafe: judged where all heads of one status are known. */
function headsOrdered(incident: Incident, node: IncidentNode): readonly Finding[] {
  for (const [index, lower] of order.entries()) {
    const higher = order[index + 1]
    if (higher === undefined) break
    for (const { t } of mergedMoves([trackOf(node, lower), trackOf(node, higher)])) {
      // The heads of one status are recorded one after the other, within a few milliseconds.
      const [low, high] = [headAt(node, lower, t + 50), headAt(node, higher, t + 50)]
      if (low === null || high === null || low.number <= high.number) continue
      const until = segments(incident, node, higher).find(
        (one) => one.from > t + 50 && one.head.number >= low.number,
      )
      return [
        {
          ...{ rule: 'heads-ordered', node: node.name, t, until: until?.from ?? null },
          what: `${lower} ${show(low)} is above ${higher} ${show(high)}`,
        },
      ]
    }
  }
  return []
}

function finalizedFinal(node: IncidentNode): readonly Finding[] {
  return stepsBack(node, 'finalized').map(({ t, from, to }) => ({
    ...{ rule: 'finalized-final', node: node.name, t, until: null },
    what: `finalized went from ${show(from)} back to ${show(to)}`,
  }))
}

/** A head whose L1 origin is not canonical for longer than nodes need to notice an L1 reorg. */
function originsCanonical(incident: Incident, node: IncidentNode): readonly Finding[] {
  const graceMs = reorgGraceMs(incident)
  return (['currentL1', 'localSafe', 'crossSafe', 'finalized'] as const).flatMap((level) => {
    const spell = offL1(incident, node, level).find(({ from, to }) => to - from > graceMs)
    if (spell === undefined) return []
    const { from, to, block, state } = spell
    return [
      {
        ...{ rule: 'origins-canonical', node: node.name, t: from },
        until: to >= incident.to ? null : to,
        what: `${level}${level === 'currentL1' ? '' : ' stands on L1 block'} ${show(block)}, ${state === 'never' ? 'which L1 never showed' : 'which an L1 reorg orphaned'}, for ${Math.round((to - from) / 1000)} s`,
      },
    ]
  })
}

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

/** Safe heads go back for an L1 reorg only. */
function safeWentBack(incident: Incident, node: IncidentNode): readonly Finding[] {
  const step = stepsBack(node, 'localSafe').find(
    ({ t }) => reorgBefore(incident, t, 4 * reorgGraceMs(incident)) === undefined,
  )
  if (step === undefined) return []
  const track = trackOf(node, 'localSafe')
  const again = track.moves(track.countUntil(step.t)).find(({ value }) => value.number >= step.from.number)
  return [
    {
      ...{ rule: 'safe-goes-back-for-l1-only', node: node.name, t: step.t, until: again?.t ?? null },
      what: `local-safe went from ${show(step.from)} back to ${show(step.to)} and there was no L1 reorg`,
    },
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
      const most = reported(from + pollMs)
      return most !== undefined && most < head.number
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
function leftBehind(incident: Incident, follower: IncidentNode, source: IncidentNode): readonly Finding[] {
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
        ...{ rule: 'follower-keeps-up', node: follower.name, t: stall.from },
        until: stall.to >= incident.to ? null : stall.to,
        what: `${level} stands still at ${show(stall.head)} while ${source.name} went on to ${theirs === null ? '?' : show(theirs)}`,
      },
    ]
  })
}

function aheadOf(source: IncidentNode, level: HeadLevel, head: Head, t: number): number {
  return (headAt(source, level, t)?.number ?? 0) - head.number
}

/** An unsafe head goes back for an L1 reorg, once or twice. */
function unsafeGoesBack(incident: Incident, node: IncidentNode): readonly Finding[] {
  const steps = stepsBack(node, 'unsafe').filter(
    ({ t }) => reorgBefore(incident, t, 4 * reorgGraceMs(incident)) === undefined,
  )
  const [first] = steps
  if (first === undefined || steps.length < unsafeStepsMin) return []
  return [
    {
      ...{ rule: 'unsafe-keeps-its-blocks', node: node.name, t: first.t, until: null },
      what: `unsafe went back ${steps.length} times without an L1 reorg, first from ${show(first.from)} to ${show(first.to)}`,
    },
  ]
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

/** An engine's head goes back for a reorg only. */
function engineWentBack(incident: Incident, node: IncidentNode): readonly Finding[] {
  const step = stepsBack(node, 'unsafe').find(
    ({ t, from, to }) =>
      from.number - to.number > 1 && reorgBefore(incident, t, reorgGraceMs(incident)) === undefined,
  )
  if (step === undefined) return []
  return [
    {
      ...{ rule: 'engine-keeps-blocks', node: node.name, t: step.t, until: null },
      what: `the engine's head went from ${show(step.from)} back to ${show(step.to)} and there was no L1 reorg`,
    },
  ]
}

/** Unsafe, local-safe and finalized of the whole network move. */
function standsStill(incident: Incident): readonly Finding[] {
  const all = consensusNodes(incident)
  return (['unsafe', 'localSafe', 'finalized'] as const).flatMap((level) => {
    const stall = networkStall(incident, level)
    if (stall === null || all.length === 0) return []
    return [
      {
        ...{ rule: `${level}-advances`, node: 'every node', t: stall.from },
        until: stall.to >= incident.to ? null : stall.to,
        what: `${level} stands still for ${Math.round((stall.to - stall.from) / 1000)} s on every node`,
      },
    ]
  })
}

/** The longest time in which no node's head of that level rose, when that is longer than is usual here. */
export function networkStall(
  incident: Incident,
  level: 'unsafe' | 'localSafe' | 'finalized',
): { readonly from: number; readonly to: number } | null {
  const moves: number[] = []
  let highest = -1
  const tracks = consensusNodes(incident).map((node) => trackOf(node, level))
  for (const { t, value } of mergedMoves(tracks)) {
    if (value.number <= highest || isZeroHead(value)) continue
    highest = value.number
    moves.push(t)
  }
  const waits = Float64Array.from(moves, (from, index) => (moves[index + 1] ?? incident.to) - from)
  const longestMs = waits.reduce((most, ms) => Math.max(most, ms), -1)
  const at = waits.indexOf(longestMs)
  const from = moves[at]
  if (from === undefined) return null
  const usual = waits.filter((_, index) => index !== at).sort()
  const patienceMs = level === 'unsafe' ? unsafePatienceMs(incident) : safePatienceMs(incident)
  const usualMs = usual[Math.floor(usual.length * 0.9)] ?? 0
  return longestMs > Math.max(patienceMs, 3 * usualMs) ? { from, to: from + longestMs } : null
}
