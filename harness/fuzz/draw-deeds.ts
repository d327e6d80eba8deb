import type { Deed } from '../cases/case.ts'
import { consumerOf } from '../events/traffic-role.ts'
import { isHostileFault } from '../faults/hostile-faults.ts'
import { type DeedKind, type Drawn, deedKinds, hasBlobs, type Setting } from './deed-kinds.ts'
import type { Draw } from './draw.ts'
import { isBefore } from './draw-wrong.ts'

/** Kinds that make trouble together. */
const themes: readonly [readonly DeedKind[], ...(readonly DeedKind[])[]] = [
  ['source is wrong', 'source is wrong', 'l1 reorg'],
  ['source is wrong', 'source is old', 'source is another chain'],
  ['source is old', 'source derives slowly', 'source starts over', 'source reads l1 slowly'],
  ['source is old', 'node dies', 'source derives slowly'],
  ['source is another chain', 'source fails at times'],
  ['source link', 'source fails at times', 'l1 reorg'],
  ['l1 reorg', 'l1 stops', 'batcher stops'],
  ['l1 reorg', 'l1 reorg', 'batcher l1 link'],
  ['l1 reorg', 'engine link', 'engine answers', 'engine answer lost'],
  ['l1 reorg', 'l1 lags', 'node dies', 'l1 shows an old fork'],
  ['l1 reorg', 'sequencer stops', 'source derives slowly'],
  ['batcher stops', 'batcher l1 link', 'sequencer stops'],
  ['node dies', 'engine dies', 'l1 lags'],
  ['engine answers', 'engine answer lost', 'engine dies', 'source is old'],
  ['l1 labels', 'l1 lags', 'own l1 link', 'l1 receipts'],
  ['l1 is two', 'l1 reorg', 'node restarts'],
  ['engine refuses', 'engine calls it invalid', 'l1 reorg', 'batcher stops'],
  ['engine of another make', 'engine dies', 'node restarts', 'l1 reorg'],
  ['verifier wiped', 'node dies', 'source derives slowly'],
  ['user deposits', 'user deposits', 'l1 receipts', 'l1 reorg'],
  ['user deposits', 'l1 is wrong', 'own l1 link'],
  ['signer rotates', 'l1 reorg', 'engine dies', 'source link'],
  ['inbox is abused', 'inbox is abused', 'batcher l1 link', 'l1 reorg'],
  ['inbox is abused', 'inbox is abused', 'l1 stops'],
  ['inbox is abused', 'inbox is abused', 'user deposits'],
  ['source starts over', 'follower restarts', 'source is old'],
  ['follower restarts', 'follower restarts', 'source is old', 'source is wrong'],
  ['l1 reorg', 'node restarts', 'node dies', 'batcher l1 link'],
  ['l1 reorg', 'l1 labels', 'l1 shows an old fork'],
  ['l1 stops', 'l1 stops', 'l1 lags', 'sequencer stops'],
  ['peers are parted', 'node without gossip', 'peers are slow', 'source is old'],
  ['node without gossip', 'l1 reorg', 'node restarts', 'sequencer stops'],
  ['engines are parted', 'engine without peers', 'verifier wiped', 'engine dies'],
  ['engine without peers', 'peers are parted', 'source link', 'l1 reorg'],
  ['clock is wrong', 'l1 stops', 'follower restarts', 'peers are slow'],
  ['source flaps', 'source flaps', 'l1 reorg', 'clock is wrong'],
]

/** Where the sequencer drift is short, an L1 that stops uses it up. */
const driftTheme: readonly DeedKind[] = ['l1 stops', 'l1 stops', 'inbox is abused']
const driftShare = 0.4

/** Where a peer is hostile: it is refused, and what else happens is borne as ever. */
const hostileThemes: readonly [readonly DeedKind[], ...(readonly DeedKind[])[]] = [
  ['gossip is hostile', 'gossip is hostile', 'l1 reorg', 'engine dies'],
  ['gossip is hostile', 'gossip is hostile', 'signer rotates', 'node dies'],
  ['gossip is hostile', 'gossip is hostile', 'source derives slowly', 'sequencer stops'],
]
const hostileShare = 0.6

/** Where batches are in blobs, they are missed, and moved to other slots. */
const blobTheme: readonly DeedKind[] = ['beacon link', 'blobs withheld', 'l1 reorg']
const blobThemeShare = 0.6

/** In so many runs of a theme all comes in a few moments: what comes together is what goes wrong together. */
const momentsShare = 0.5

/** How many deeds a run of a theme has: what is found among few is small when it is found. */
const themeDeeds = { least: 3, most: 9 }

/** One theme or two, a few deeds. */
export function drawTheme(setting: Setting, faultsMs: number): Deed[] {
  const { draw } = setting
  const first = hasBlobs(setting) && draw.chance(blobThemeShare) ? blobTheme : ownTheme(setting)
  const theme = [...first, ...(draw.chance(0.6) ? draw.pick(themes) : [])]
  const kinds = theme.filter(() => draw.chance(0.7))
  const few = kinds.length === 0 ? theme : kinds
  const lastMs = Math.max(2_000, faultsMs - 3_000)
  const anyTime = () => draw.int(2_000, lastMs)
  const moments = draw.chance(momentsShare) ? Array.from({ length: draw.int(1, 3) }, anyTime) : []
  const time = () =>
    moments.length === 0 ? anyTime() : Math.min(lastMs, pickOne(draw, moments) + draw.int(0, 4_000))
  const times = Array.from({ length: draw.int(themeDeeds.least, themeDeeds.most) }, time)
  return placed(
    setting,
    times.sort((a, b) => a - b).map((atMs) => ({ atMs, kind: pickOne(draw, few) })),
  )
}

function ownTheme({ draw, forks, topology }: Setting): readonly DeedKind[] {
  const usual = topology.hostile !== undefined && draw.chance(hostileShare) ? hostileThemes : themes
  return isBefore('fjord', forks) && draw.chance(driftShare) ? driftTheme : draw.pick(usual)
}

/**
 * A swarm: each kind is in this run or is not, and those that are have a weight of their own, so that runs differ in what
 * they are about and not in dice alone.
 */
export function drawSwarm(setting: Setting, faultsMs: number): Deed[] {
  const { draw } = setting
  const weights = (Object.keys(deedKinds) as DeedKind[]).flatMap((kind) =>
    draw.chance(0.4) ? [{ kind, weight: draw.unit() + 0.05 }] : [],
  )
  if (weights.length === 0) weights.push({ kind: 'l1 reorg', weight: 1 })
  const total = weights.reduce((sum, { weight }) => sum + weight, 0)
  const meanMs = draw.pick([1_500, 4_000, 10_000])
  const plan: { atMs: number; kind: DeedKind }[] = []
  const pause = () => Math.ceil(-Math.log(1 - draw.unit()) * meanMs)
  for (let atMs = draw.int(0, 10_000); atMs < faultsMs; atMs += pause())
    plan.push({ atMs, kind: weighted(weights, draw.unit() * total) })
  return placed(setting, plan)
}

/**
 * Draws each deed of a plan beside those that are there. Faults on one component never overlap: it cannot be killed while
 * it is paused.
 */
export function placed(
  setting: Setting,
  plan: readonly { readonly atMs: number; readonly kind: DeedKind }[],
  before: readonly Deed[] = [],
): Deed[] {
  const deeds = [...before]
  for (const { atMs, kind } of plan) {
    const drawn: Drawn | null = deedKinds[kind](setting)
    if (drawn === null) continue
    const deed = drawn.deed(atMs, setting.draw.int(...drawn.lastsMs))
    if (fits(deed, deeds)) deeds.push(deed)
  }
  return deeds
}

/** Whether that can be done beside these, and ends no node that must end then. */
export function fits(deed: Deed, others: readonly Deed[]): boolean {
  const span = spanOf(deed)
  if (span === null) return true
  if (isForeignSource(deed) && deed.atMs < knownMs) return false
  const spans = others.flatMap((other) => spanOf(other) ?? [])
  return !spans.some((other) => overlap(span, other))
}

const pickOne = <T>(draw: Draw, choices: readonly T[]): T => draw.pick(choices as [T, ...T[]])

function weighted<T>(weights: readonly { readonly kind: T; readonly weight: number }[], at: number): T {
  let below = 0
  for (const { kind, weight } of weights) {
    below += weight
    if (at < below) return kind
  }
  return weights.at(-1)!.kind
}

/** Where and when nothing else can be done. */
interface Span {
  readonly place: string
  readonly fromMs: number
  readonly untilMs: number
}

const overlap = (a: Span, b: Span) => a.place === b.place && a.fromMs < b.untilMs && b.fromMs < a.untilMs

/** So long after its start a node ends when its source shows itself to be of another chain (follow-mode.md, step 3). */
const startMs = 60_000

/** By then nodes that were started with the world have asked their source for its chain. */
const knownMs = 2_000

const isForeignSource = (deed: Deed) => deed.kind === 'fault' && deed.fault.fault === 'anotherChain'

/** Null for what bears two deeds at a time. */
function spanOf(deed: Deed): Span | null {
  const place = placeOf(deed)
  if (place === null) return null
  const lastsMs = 'forMs' in deed ? (deed.forMs ?? Number.POSITIVE_INFINITY) : 0
  const fromMs = deed.atMs - (isForeignSource(deed) ? startMs : 0)
  return { place, fromMs, untilMs: deed.atMs + lastsMs + 1_000 }
}

function placeOf(deed: Deed): string | null {
  switch (deed.kind) {
    case 'fault':
      if (isHostileFault(deed.fault)) return null
      if (!deed.point.includes('→')) return deed.point
      return isForeignSource(deed) ? consumerOf(deed.point) : null
    case 'l1-stop':
    case 'batcher-stop':
    case 'sequencer-stop':
      return deed.kind
    // The batcher rests meanwhile.
    case 'inbox':
      return 'batcher-stop'
    default:
      return null
  }
}
