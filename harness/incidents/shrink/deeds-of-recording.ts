import type { Deed } from '../../cases/case.ts'
import { absences } from '../explain/absences.ts'
import { engineLosses } from '../explain/engine-losses.ts'
import { headAt, reorgGraceMs, rise, trackOf } from '../explain/features.ts'
import type { Incident, IncidentNode, Interval } from '../explain/incident.ts'
import { networkStall } from '../explain/network-stall.ts'
import { replays } from '../explain/reorg-explains.ts'
import { signerOfNote } from '../record/signer-note.ts'

/** Who plays whose part in a case: the names of `twoVerifiersFollowing`. */
export interface Cast {
  readonly follower: IncidentNode
  readonly source: IncidentNode
}

/** A shorter absence is a poll that was missed. */
const awayMsMin = 1_000
/** What was over before the next poll still took some time. */
const forMsMin = 100
/** A node tells an engine that has come back where to go within that time. */
const undrivenMsMin = 2_000
/** A node that derives reads header and receipts of each L1 block, one after the other. */
const readsPerBlock = 2
const slowMsMax = 2_000
const slowBeforeMs = 5_000
/** A node's own L1 is behind when it lacks more blocks than are on their way. */
const lagBlocksMin = 3

/**
 * What happened around a follower, as deeds of a case: more than was the reason, and no more than the recording shows.
 * Their times are Unix milliseconds.
 */
export function deedsOfRecording(incident: Incident, cast: Cast): readonly Deed[] {
  const { follower, source } = cast
  return [
    ...reorgs(incident),
    ...signerRotations(incident),
    ...sourceAway(incident, source),
    ...sourceReplays(incident, source),
    ...away(follower).map((spell) => fault('follower', { fault: 'stop' }, spell)),
    ...enginesLost(incident, cast),
    ...ownL1Behind(incident, follower),
    ...networkStalls(incident, source),
  ].sort((a, b) => a.atMs - b.atMs)
}

function fault(
  point: string,
  json: Record<string, unknown> & { fault: string },
  { from, to }: Interval,
): Deed {
  return { kind: 'fault', atMs: from, forMs: Math.max(forMsMin, to - from), point, fault: json }
}

function reorgs({ index }: Incident): readonly Deed[] {
  return index.reorgs.map(({ t, orphaned, replaced }) => ({
    ...{ kind: 'l1-reorg', atMs: t, depth: Math.min(1_000, orphaned.length), transactions: 'return' },
    to:
      replaced.length > orphaned.length ? 'longer' : replaced.length < orphaned.length ? 'shorter' : 'equal',
  }))
}

/** The first note says who the signer is, the others who it became. */
function signerRotations({ events }: Incident): readonly Deed[] {
  const notes = events.filter((event) => event.kind === 'note' && signerOfNote(event) !== null)
  return notes.slice(1).map(({ t }) => ({ kind: 'signer-rotation', atMs: t }))
}

const away = (node: IncidentNode): readonly Interval[] =>
  node.gaps.filter(({ from, to }) => to - from >= awayMsMin)

/** A source that came back lower than it was had forgotten what it had: its engine was wiped. */
function sourceAway(incident: Incident, source: IncidentNode): readonly Deed[] {
  const back = replays(incident, source)
  const gone = absences(incident, source).filter(
    (spell) =>
      !source.gaps.some(({ from, to }) => from === spell.from && to === spell.to && to - from < awayMsMin),
  )
  const spells = [...gone, ...back.map(({ t }) => ({ from: t, to: t }))]
  return joined(spells, 5_000).flatMap((spell) => {
    const forgot = back.some(({ t }) => t >= spell.from && t <= spell.to + reorgGraceMs(incident))
    const stop = fault('reference', { fault: 'stop' }, spell)
    return forgot ? [stop, fault('reference-el', { fault: 'wipe' }, spell)] : [stop]
  })
}

/** A replay that took long: its L1 answered slowly, as far as is known from outside. */
function sourceReplays(incident: Incident, source: IncidentNode): readonly Deed[] {
  const [step] = replays(incident, source)
  if (step === undefined) return []
  const track = trackOf(source, 'localSafe')
  const again = track.moves(track.countUntil(step.t)).find(({ value }) => value.number >= step.from.number)
  const to = again?.t ?? incident.to
  const blocks = (step.from.origin?.number ?? 0) - (step.to.origin?.number ?? 0)
  const ms = Math.round((to - step.t) / readsPerBlock / Math.max(1, blocks))
  if (ms < 1) return []
  // It was slow since it had come back, which was before it told anything.
  const from = step.t - Math.min(slowBeforeMs, to - step.t)
  return [fault('reference→l1', { fault: 'slow', ms: Math.min(slowMsMax, ms) }, { from, to })]
}

/** The engine of a source that forgot is wiped with it. */
function enginesLost(incident: Incident, { follower }: Cast): readonly Deed[] {
  const engine = incident.nodes.get(`${follower.name}-el`)
  if (engine === undefined) return []
  const lost = engineLosses(incident, engine)
  return lost.flatMap(({ t, to }) => {
    const gap = engine.gaps.find((one) => one.from <= t && one.to >= t - 5_000)
    const spell = { from: gap?.from ?? t, to: gap?.to ?? t }
    const killed = fault('follower-el', { fault: 'kill' }, spell)
    // One that stays where it came back to is driven by nobody: its node was away as well.
    const moves = trackOf(engine, 'unsafe')
      .moves()
      .find((one) => one.t > t && one.value.number > to.number)?.t
    const undriven = { from: spell.from, to: moves ?? incident.to }
    return undriven.to - t > undrivenMsMin
      ? [killed, fault('follower', { fault: 'stop' }, undriven)]
      : [killed]
  })
}

/** By how many blocks, and when, its own L1 was behind the L1 of the recording. */
function ownL1Behind(incident: Incident, node: IncidentNode): readonly Deed[] {
  const spells: (Interval & { blocks: number })[] = []
  const stepMs = incident.l1BlockMs / 2
  for (let t = incident.from; t <= incident.to; t += stepMs) {
    const [mine, l1] = [headAt(node, 'headL1', t), incident.l1.headAt(t - incident.l1BlockMs)]
    const blocks = mine === null || l1 === null ? 0 : l1.number - mine.number
    if (blocks < lagBlocksMin || node.gaps.some(({ from, to }) => from <= t && t < to)) continue
    const last = spells.at(-1)
    if (last === undefined || t - last.to > incident.l1BlockMs) spells.push({ from: t, to: t, blocks })
    else Object.assign(last, { to: t, blocks: Math.max(blocks, last.blocks) })
  }
  return spells.map((spell) => fault('follower→l1', { fault: 'lag', blocks: spell.blocks }, spell))
}

/** What stood still on every node. */
function networkStalls(incident: Incident, source: IncidentNode): readonly Deed[] {
  const deeds: Deed[] = []
  const finalized = networkStall(incident, 'finalized')
  if (finalized !== null) deeds.push(fault('*→l1', { fault: 'finalityStall' }, finalized))
  const safe = networkStall(incident, 'localSafe')
  if (safe !== null && rise(source, 'currentL1', safe) > 0)
    deeds.push({ kind: 'batcher-stop', atMs: safe.from, forMs: safe.to - safe.from })
  const unsafe = networkStall(incident, 'unsafe')
  if (unsafe !== null)
    deeds.push({
      ...{ kind: 'sequencer-stop', node: 'sequencer' },
      atMs: unsafe.from,
      forMs: unsafe.to - unsafe.from,
    })
  const { heads } = incident.l1
  for (const [index, { t }] of heads.entries()) {
    const next = heads[index + 1]?.t ?? incident.to
    if (next - t > 6 * incident.l1BlockMs) deeds.push({ kind: 'l1-stop', atMs: t, forMs: next - t })
  }
  return deeds
}

/** Spells with less than that between them are one. */
function joined(spells: readonly Interval[], withinMs: number): readonly Interval[] {
  const whole: { from: number; to: number }[] = []
  for (const { from, to } of spells.toSorted((a, b) => a.from - b.from)) {
    const last = whole.at(-1)
    if (last === undefined || from - last.to > withinMs) whole.push({ from, to })
    else last.to = Math.max(last.to, to)
  }
  return whole
}
