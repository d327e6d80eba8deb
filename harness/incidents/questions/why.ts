import type { HeadLevel, WorldEvent } from '../../events/event.ts'
import { consumerOf } from '../../events/traffic-role.ts'
import { type BlockRef, isZeroHash } from '../../report/model/chains.ts'
import type { EventSelector } from './select-event.ts'

type HeadEvent = Extract<WorldEvent, { kind: 'head' }>
type EngineEvent = Extract<WorldEvent, { kind: 'engine' }>

/** What part an event has in the chain of causes. */
export type Part =
  | 'fault'
  | 'component'
  | 'L1'
  | 'source'
  | 'gossip'
  | 'decision'
  | 'event'
  | 'update'
  | 'effect'

export interface Link {
  readonly part: Part
  readonly event: WorldEvent
  /** Of a head: what the node published as that head before; null when it is the first, or no head. */
  readonly from: BlockRef | null
}

/** Why something happened to a node: what it was told, what it decided, what it gave its engine, what it published then. */
export interface Why {
  readonly target: WorldEvent
  readonly from: BlockRef | null
  readonly links: readonly Link[]
  /** Time of the first event of the stream. */
  readonly fromMs: number
}

/** What a node acts on is seldom older. */
const beforeMs = 30_000
const beforeMax = 4_096
/** What follows from it is not later. */
const afterMs = 15_000
/** What is published because of it is seen by then: the next looks at the node. */
const effectMs = 2_000
/** A refused call is a cause of what comes at once. */
const refusedMs = 5_000
/** More log lines and marks before the event are left out, the oldest first. */
const decisionsMax = 6

/** Follows a stream until the event and what came of it; it keeps half a minute. */
export interface WhyFold {
  /** True when nothing that comes can be a part of the chain. */
  add(event: WorldEvent): boolean
  /** Null when the event never came. */
  why(): Why | null
}

export function foldWhy(node: string, selector: EventSelector): WhyFold {
  let before: WorldEvent[] = []
  const after: WorldEvent[] = []
  const state: { target: WorldEvent | null; fromMs: number } = { target: null, fromMs: -1 }
  const heads = new Map<HeadLevel, BlockRef>()
  const froms = new Map<number, BlockRef>()
  /** What that head of the node was until now. */
  const moved = (event: WorldEvent): BlockRef | null => {
    if (event.kind !== 'head' || event.node !== node || isZeroHash(event.block.hash)) return null
    const from = heads.get(event.level) ?? null
    heads.set(event.level, event.block)
    return from
  }
  return {
    add(event) {
      if (state.fromMs < 0) state.fromMs = event.t
      const from = moved(event)
      if (state.target === null) {
        if (selector.is(event)) {
          state.target = event
          if (from !== null) froms.set(event.seq, from)
          return false
        }
        if (!concerns(event, node)) return false
        before.push(event)
        if (before.length > beforeMax) before = before.slice(beforeMax / 2)
        return false
      }
      if (event.t - state.target.t > afterMs || after.length >= beforeMax) return true
      if (from !== null) froms.set(event.seq, from)
      if (concerns(event, node)) after.push(event)
      return false
    },
    why() {
      const { target, fromMs } = state
      if (target === null) return null
      const recent = before.filter(({ t }) => target.t - t <= beforeMs)
      const links = chainOf(node, target, recent, { after, froms })
      return { ...{ target, fromMs, links }, from: froms.get(target.seq) ?? null }
    },
  }
}

/** Of the node, of its engine, or of L1. */
function concerns(event: WorldEvent, node: string): boolean {
  switch (event.kind) {
    case 'head':
    case 'gossip':
    case 'reach':
      return event.node === node
    case 'source':
      return event.follower === node
    case 'engine':
    case 'rpc':
      return consumerOf(event.link) === node
    case 'log':
    case 'component':
    case 'gap':
      return event.component === node || event.component === `${node}-el`
    case 'fault':
      return event.point.includes(node) || event.point.includes('*')
    case 'l1-reorg':
    case 'l1-block':
      return true
    default:
      return false
  }
}

function chainOf(
  node: string,
  target: WorldEvent,
  before: readonly WorldEvent[],
  { after, froms }: { readonly after: readonly WorldEvent[]; readonly froms: ReadonlyMap<number, BlockRef> },
): readonly Link[] {
  const head = target.kind === 'head' ? target : null
  const block = head?.block.hash ?? null
  const last = (fits: (event: WorldEvent) => boolean) => before.findLast(fits)
  const link = (part: Part, event: WorldEvent | undefined): readonly Link[] =>
    event === undefined ? [] : [{ part, event, from: froms.get(event.seq) ?? null }]

  const reorg = last(({ kind }) => kind === 'l1-reorg')
  const asked = last(
    (event) =>
      event.kind === 'rpc' &&
      event.link.startsWith(`${node}→l1`) &&
      (reorg === undefined || event.t >= reorg.t),
  )
  const since = reorg?.seq ?? -1
  // The status that told the block first, or the last one before.
  const told =
    before.find((event) => event.seq > since && head !== null && tells(event, head)) ??
    last((event) => event.kind === 'source')
  const heard = before.find(
    (event) =>
      event.seq > since &&
      block !== null &&
      event.kind === 'gossip' &&
      event.action !== 'publish' &&
      event.action !== 'withhold' &&
      event.block?.hash === block,
  )
  const isUpdate = (event: WorldEvent) =>
    event.kind === 'engine' &&
    event.heads !== undefined &&
    (head === null || namesIn(event.heads, head.level).includes(head.block.hash))
  // What a status shows was given to the engine before; what a node decides, after.
  const update = (block === null ? undefined : last(isUpdate)) ?? after.find(isUpdate)
  const refused = last(
    (event) =>
      event.kind === 'engine' &&
      target.t - event.t < refusedMs &&
      (event.outcome !== 'ok' || event.status === 'INVALID'),
  )
  const cause = (reorg ?? heard ?? told ?? refused)?.seq ?? -1
  const decisions = before.filter(
    (event) =>
      (event.kind === 'reach' || (event.kind === 'log' && event.level !== 'debug')) && event.seq >= cause,
  )
  const effects = new Map<string, WorldEvent>()
  for (const event of after)
    if (event.kind === 'head' && !effects.has(event.level) && follows(event)) effects.set(event.level, event)
  /** What comes soon; and of a head that goes back, what goes back with it. */
  function follows(event: HeadEvent): boolean {
    if (event === target || event.t - target.t > effectMs) return false
    const was = head === null ? undefined : froms.get(head.seq)
    if (head === null || was === undefined || head.block.number > was.number) return true
    const from = froms.get(event.seq)
    return from !== undefined && event.block.number <= from.number
  }

  const links = [
    ...before
      .filter(({ kind }) => kind === 'fault')
      .slice(-3)
      .flatMap((event) => link('fault', event)),
    ...(reorg === undefined
      ? link(
          'component',
          last((event) => event.kind === 'component' || event.kind === 'gap'),
        )
      : []),
    ...link('L1', reorg),
    ...(reorg === undefined && told === undefined
      ? link(
          'L1',
          last(({ kind }) => kind === 'l1-block'),
        )
      : []),
    ...link('L1', asked),
    ...link('source', told),
    ...link('gossip', heard),
    ...link('update', refused),
    ...decisions.slice(-decisionsMax).flatMap((event) => link('decision', event)),
    ...link('event', target),
    ...after
      .filter(({ kind }) => kind === 'reach')
      .slice(0, 2)
      .flatMap((event) => link('decision', event)),
    ...link('update', update),
    ...[...effects.values()].flatMap((event) => link('effect', event)),
  ]
  return [...new Map(links.map((one) => [one.event.seq, one])).values()].sort(
    (a, b) => a.event.seq - b.event.seq,
  )
}

/** Whether a status shows that block as that head; an unsafe head may come from any of them. */
function tells(event: WorldEvent, { level, block }: HeadEvent): boolean {
  if (event.kind !== 'source' || event.heads === undefined || level === 'headL1') return false
  const shown = level === 'unsafe' ? Object.values(event.heads) : [event.heads[level]]
  return shown.some(({ hash }) => hash === block.hash)
}

/** The hashes of an update that can be that head. */
function namesIn(heads: NonNullable<EngineEvent['heads']>, level: HeadEvent['level']): readonly string[] {
  if (level === 'unsafe') return [heads.unsafe]
  return level === 'finalized' ? [heads.finalized] : [heads.safe]
}
