import type { HeadLevel, WorldEvent } from '../../events/event.ts'
import {
  addL2Block,
  type BlockRef,
  blocksTold,
  createL1Chain,
  createL2Chain,
  type L1Chain,
  type L2Chain,
} from './chains.ts'
import { type Message, messageOf } from './message.ts'
import type { Change, Track } from './track.ts'

/** Something with a beginning and, once it has ended, an end; both in Unix milliseconds. */
export interface Span {
  readonly name: string
  readonly from: number
  to: number | null
  /** How it ended; null while it lasts. */
  end: 'ended' | 'failed' | null
  /** How many spans of its kind it lies in. */
  readonly depth: number
}

export interface WaitSpan extends Span {
  readonly id: number
}

export interface FaultSpan extends Span {
  readonly id: number
  readonly point: string
  readonly json: Readonly<Record<string, unknown>> | null
  readonly hits: number[]
}

export interface LogLine {
  readonly seq: number
  readonly t: number
  readonly component: string
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'note'
  readonly message: string
}

export interface L1Reorg {
  readonly seq: number
  readonly t: number
  readonly orphaned: readonly BlockRef[]
  readonly replaced: readonly BlockRef[]
}

export type FactOf<K extends WorldEvent['kind']> = Extract<WorldEvent, { kind: K }>

/**
 * The events of one run, sorted into tracks by what they are about, so that the state of everything at any time is a
 * binary search in each. Every track is in the order of time.
 */
export interface RunIndex {
  run: FactOf<'run'> | null
  end: FactOf<'end'> | null
  /** The event from which on everything was being stopped; null while it runs, and in runs that do not tell it. */
  teardown: FactOf<'teardown'> | null
  /** Times of the first and the last event. */
  from: number
  to: number
  events: number
  bootedAt: number | null
  readonly heads: Map<string, Map<HeadLevel, Track<BlockRef>>>
  readonly l1: L1Chain
  readonly l2: L2Chain
  readonly labels: Track<{ readonly safe: number; readonly finalized: number }>
  readonly production: Track<boolean>
  readonly reorgs: L1Reorg[]
  readonly faults: FaultSpan[]
  readonly steps: Span[]
  readonly waits: WaitSpan[]
  /** What was done to each component, or that it ended. */
  readonly components: Map<string, Track<FactOf<'component'>>>
  readonly peers: Map<string, Track<FactOf<'peer'>>>
  /** What each follower was told by its source. */
  readonly told: Map<string, Track<FactOf<'source'>>>
  /** Forkchoice updates, by the node that made them. */
  readonly updates: Map<string, Track<FactOf<'engine'>>>
  readonly violations: FactOf<'invariant'>[]
  /** Violations that are known of the client: they fail no run. */
  readonly known: FactOf<'invariant'>[]
  readonly judged: FactOf<'invariant'>[]
  readonly marks: FactOf<'reach'>[]
  readonly messages: Message[]
  readonly logs: LogLine[]
}

export function createRunIndex(): RunIndex {
  return {
    ...{ run: null, end: null, teardown: null, from: 0, to: 0, events: 0, bootedAt: null },
    ...{ heads: new Map(), l1: createL1Chain(), l2: createL2Chain() },
    ...{ labels: [], production: [], reorgs: [], faults: [], steps: [], waits: [] },
    ...{ components: new Map(), peers: new Map(), told: new Map(), updates: new Map() },
    ...{ violations: [], known: [], judged: [], marks: [], messages: [], logs: [] },
  }
}

/** Takes in the next event of the stream. It costs the same for every event, so that a reader may stop anywhere. */
export function addEvent(index: RunIndex, event: WorldEvent): void {
  const t = placeInTime(index, event.t)
  for (const block of blocksTold(event)) addL2Block(index.l2, block, t, block)
  const message = messageOf(event, t, index.teardown !== null)
  if (message !== null) {
    addMessage(index, message)
    return
  }
  switch (event.kind) {
    case 'run':
      index.run = event
      return
    case 'end':
      index.end = event
      return
    case 'teardown':
      index.teardown = { ...event, t }
      return
    case 'booted':
      index.bootedAt = t
      return
    case 'head':
      addHead(index, event.node, event.level, { seq: event.seq, t, value: event.block })
      return
    case 'l1-block':
      index.l1.add(event.block, event.timestamp, event.fork, t)
      return
    case 'l1-labels':
      index.labels.push({ seq: event.seq, t, value: { safe: event.safe, finalized: event.finalized } })
      return
    case 'l1-production':
      index.production.push({ seq: event.seq, t, value: event.on })
      return
    case 'l1-reorg':
      index.reorgs.push({ seq: event.seq, t, orphaned: event.orphaned, replaced: event.replaced })
      return
    case 'component':
      push(index.components, event.component, { seq: event.seq, t, value: event })
      return
    case 'peer':
      push(index.peers, `${event.node} ${event.peer}`, { seq: event.seq, t, value: event })
      return
    case 'step':
      if (event.action === 'start') index.steps.push(begin(event.step, t, open(index.steps).length))
      else
        close(
          open(index.steps).findLast(({ name }) => name === event.step),
          t,
          event.action,
        )
      return
    case 'wait':
      if (event.action === 'start')
        index.waits.push({ ...begin(event.what, t, open(index.waits).length), id: event.id })
      else
        close(
          index.waits.findLast(({ id }) => id === event.id),
          t,
          event.action,
        )
      return
    case 'fault':
      addFault(index, event, t)
      return
    case 'invariant':
      invariantsOf(index, event.outcome).push({ ...event, t })
      return
    case 'reach':
      index.marks.push({ ...event, t })
      return
    case 'log':
    case 'note': {
      const { seq, component, message: text } = event
      const level = event.kind === 'note' ? 'note' : event.level
      index.logs.push({ seq, t, component, level, message: text })
      return
    }
    case 'source':
    case 'engine':
    case 'gossip':
    case 'rpc':
    case 'link':
    case 'gap':
      return
  }
}

/**
 * Counts an event and gives its place on the time line. A clock may be set back; tracks are searched by time, and must not
 * go back with it.
 */
export function placeInTime(index: RunIndex, told: number): number {
  const t = Math.max(told, index.to)
  if (index.events === 0) index.from = t
  index.events++
  index.to = t
  return t
}

/** Takes in a head whose block is known. */
export function addHead(index: RunIndex, node: string, level: HeadLevel, change: Change<BlockRef>): void {
  push(
    entry(index.heads, node, () => new Map<HeadLevel, Track<BlockRef>>()),
    level,
    change,
  )
}

/** Takes in a message whose blocks are known. Its event is not looked at. */
export function addMessage(index: RunIndex, message: Message): void {
  index.messages.push(message)
  if (message.group === 'source') push(index.told, message.from, new MessageChange<FactOf<'source'>>(message))
  else if (message.givesHeads) push(index.updates, message.from, new MessageChange<FactOf<'engine'>>(message))
}

/** What a message told, read when it is looked at. */
class MessageChange<T extends WorldEvent> implements Change<T> {
  readonly #message: Message
  constructor(message: Message) {
    this.#message = message
  }
  get seq(): number {
    return this.#message.seq
  }
  get t(): number {
    return this.#message.t
  }
  get value(): T {
    return this.#message.event as T
  }
}

/** Whole streams at once. */
export function indexEvents(events: Iterable<WorldEvent>): RunIndex {
  const index = createRunIndex()
  for (const event of events) addEvent(index, event)
  return index
}

function invariantsOf(index: RunIndex, outcome: FactOf<'invariant'>['outcome']): FactOf<'invariant'>[] {
  if (outcome === 'violated') return index.violations
  return outcome === 'known' ? index.known : index.judged
}

function addFault({ faults }: RunIndex, event: FactOf<'fault'>, t: number): void {
  const { id, point, fault, json = null } = event
  if (event.action === 'install') {
    faults.push({ ...begin(fault, t, open(faults).length), id, point, json, hits: [] })
    return
  }
  const known = faults.findLast((span) => span.id === id && span.point === point)
  if (event.action === 'hit') known?.hits.push(t)
  else close(known, t, 'end')
}

function begin(name: string, from: number, depth: number): Span {
  return { name, from, to: null, end: null, depth }
}

/** Those that last. Of a long run only the newest are looked at: what is open is never far back. */
function open<T extends Span>(spans: readonly T[]): readonly T[] {
  return spans.slice(-100).filter(({ to }) => to === null)
}

function close(span: Span | undefined, t: number, action: 'end' | 'fail'): void {
  if (span === undefined) return
  span.to = t
  span.end = action === 'fail' ? 'failed' : 'ended'
}

function push<K, T>(tracks: Map<K, Track<T>>, key: K, change: Track<T>[number]): void {
  entry(tracks, key, () => []).push(change)
}

function entry<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = create()
  map.set(key, made)
  return made
}
