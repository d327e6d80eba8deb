import type { HeadLevel, WorldEvent } from '../../events/event.ts'
import { TimelineError } from '../../events/timeline-error.ts'
import { consumerOf } from '../../events/traffic-role.ts'
import { type BlockRef, isZeroHash } from '../../report/model/chains.ts'
import { addEvent, createRunIndex, placeInTime, type RunIndex } from '../../report/model/run-index.ts'
import type { Track } from '../../report/model/track.ts'
import { recordingTopology } from '../record/recording-topology.ts'
import type { Head } from './head.ts'
import { createHeadTrack, type GrowingHeadTrack, type HeadTrack } from './head-track.ts'
import { createL1Forks, type L1Forks } from './l1-forks.ts'
import { leaderOf } from './leader.ts'
import { createSharing } from './share-heads.ts'

/** Times are Unix time in milliseconds. */
export interface Interval {
  readonly from: number
  readonly to: number
}

/** Something that publishes heads: a consensus node, an engine, or what a source told one follower. */
export interface IncidentNode {
  readonly name: string
  /** The component that it is: of what a source told somebody, the source. */
  readonly component: string
  readonly kind: 'consensus' | 'engine' | 'told'
  /** The node that it follows, as it is known best: what it was told, or what its source publishes. */
  source: string | null
  readonly levels: ReadonlyMap<HeadLevel, HeadTrack>
  /** When nothing is known of it. */
  readonly gaps: Interval[]
  /** How far apart the looks at it were, where that was long; else 0. */
  readonly sampledMs: number
}

/** A run or a recording, as the rules of an explanation read it. */
export interface Incident {
  readonly from: number
  readonly to: number
  readonly isRecording: boolean
  /** How far L1's finalized label is behind its head, in blocks, where the run says so; null in a recording. */
  readonly finalityBlocks: number | null
  readonly l1BlockMs: number
  readonly l2BlockMs: number
  readonly nodes: ReadonlyMap<string, IncidentNode>
  readonly l1: L1Forks
  /** Without heads, blocks, messages and peers. */
  readonly index: RunIndex
  /** Those that are few: no heads, traffic, blocks, or log lines. */
  readonly events: readonly WorldEvent[]
  /** Whether each engine said that it syncs. */
  readonly syncing: ReadonlyMap<string, Track<boolean>>
  /** The node that shows new unsafe blocks first: it builds them, or stands next to who does. */
  readonly leader: IncidentNode | null
}

const heldBack = new Set(['stop', 'kill', 'pause', 'exit'])

/** Kinds of which a day has a million: what is needed of them is in the tracks of the nodes. */
const many = new Set<WorldEvent['kind']>(['head', 'source', 'engine', 'rpc', 'l1-block', 'peer', 'gossip'])
/** More log lines are not kept: a rule looks for the first that fits. */
const logsMax = 200_000

/** No network has so many; every rule looks at pairs of them. */
const nodesMax = 500
/** A year of blocks of two seconds; some rules look at each block time. */
const blockTimesMax = 16_000_000
/** Other events: a month of a recording has a tenth of that. */
const fewMax = 2_000_000

/** While it is read. */
interface GrowingNode extends IncidentNode {
  readonly levels: Map<HeadLevel, GrowingHeadTrack>
}

/** Reads a stream of any length, an event at a time. */
export interface IncidentReader {
  add(event: WorldEvent): void
  /** When all were read. */
  incident(): Incident
}

/** Reads the events of a run or a recording. */
export function readIncident(events: Iterable<WorldEvent>): Incident {
  const reader = createIncidentReader()
  for (const event of events) reader.add(event)
  return reader.incident()
}

export function createIncidentReader(): IncidentReader {
  const index = createRunIndex()
  const kept: WorldEvent[] = []
  let parameters: Readonly<Record<string, unknown>> = {}
  let engines: ReadonlySet<string> = new Set()
  let follows: ReadonlyMap<string, unknown> = new Map()
  let sampled: ReadonlyMap<string, unknown> = new Map()
  const nodes = new Map<string, GrowingNode>()
  const syncing = new Map<string, Track<boolean>>()
  const l1 = createL1Forks()
  const down = new Map<string, number>()
  const share = createSharing()

  const seconds = (name: string, otherwise: number) => {
    const value = parameters[name]
    return (typeof value === 'number' && value > 0 ? value : otherwise) * 1000
  }

  const nodeOf = (name: string, kind: IncidentNode['kind'], component = name): GrowingNode => {
    const known = nodes.get(name)
    if (known !== undefined) return known
    if (nodes.size >= nodesMax)
      throw new TimelineError(`expected heads of at most ${nodesMax} nodes, found more: this is no run`)
    const source = follows.get(name)
    const made: GrowingNode = {
      ...{ name, kind, component, levels: new Map(), gaps: [] },
      source: typeof source === 'string' ? source : null,
      sampledMs: Number(sampled.get(name) ?? 0),
    }
    nodes.set(name, made)
    return made
  }
  const tell = (node: GrowingNode, level: HeadLevel, value: Head, t: number) => {
    const track = node.levels.get(level) ?? createHeadTrack()
    node.levels.set(level, track)
    if (track.at(-1)?.value.hash !== value.hash) track.push(t, share(value))
  }

  function take(event: WorldEvent): void {
    switch (event.kind) {
      case 'run':
        parameters = event.parameters
        engines = new Set(Array.isArray(parameters['els']) ? parameters['els'].map(String) : [])
        follows = new Map(Object.entries((parameters['follows'] ?? {}) as Record<string, unknown>))
        sampled = new Map(Object.entries((parameters['sampledMs'] ?? {}) as Record<string, unknown>))
        break
      case 'head': {
        const { number, hash, parent } = event.block
        const kind = engines.has(event.node) ? 'engine' : 'consensus'
        const node = nodeOf(event.node, kind)
        closeGap(down, node, event.t)
        tell(node, event.level, { number, hash, parent, origin: event.origin }, event.t)
        break
      }
      case 'source': {
        const told = nodeOf(`${event.source} (as told to ${event.follower})`, 'told', event.source)
        nodeOf(event.follower, 'consensus').source = told.name
        if (event.heads === undefined) {
          if (!down.has(told.name)) down.set(told.name, event.t)
          break
        }
        closeGap(down, told, event.t)
        for (const level of ['unsafe', 'localSafe', 'crossSafe', 'finalized', 'currentL1'] as const)
          tell(told, level, event.heads[level], event.t)
        break
      }
      case 'gap':
        if (event.component === 'recorder')
          for (const node of nodes.values()) node.gaps.push({ from: event.from, to: event.t })
        else nodes.get(event.component)?.gaps.push({ from: event.from, to: event.t })
        break
      case 'component':
        if (heldBack.has(event.action) && !down.has(event.component)) down.set(event.component, event.t)
        break
      case 'rpc':
        if (event.methods[0] === 'eth_syncing' && event.link.startsWith('recorder→')) {
          const name = event.link.slice('recorder→'.length)
          const track = syncing.get(name) ?? []
          syncing.set(name, track)
          track.push({ seq: event.seq, t: event.t, value: event.response !== false })
        } else if (event.methods.length === 0 && consumerOf(event.link) === 'recorder')
          down.set(event.link.slice('recorder→'.length), event.t)
        break
      case 'l1-block':
        l1.add(event.block, event.t)
        break
    }
  }

  return {
    add(event) {
      const isMany = many.has(event.kind) || (event.kind === 'log' && index.logs.length >= logsMax)
      if (isMany) placeInTime(index, event.t)
      else addEvent(index, event)
      if (!isMany || isTold(event)) kept.push(event)
      if (kept.length > fewMax)
        throw new TimelineError(`expected at most ${fewMax} events besides heads and traffic, found more`)
      take(event)
    },
    incident() {
      for (const [name, from] of down) nodes.get(name)?.gaps.push({ from, to: index.to })
      down.clear()
      const [l1BlockMs, l2BlockMs] = [seconds('l1BlockTime', 12), seconds('l2BlockTime', 2)]
      const blocks = (index.to - index.from) / Math.min(l1BlockMs, l2BlockMs)
      if (!(blocks <= blockTimesMax))
        throw new TimelineError(
          `expected a run of at most ${blockTimesMax} blocks, found ${((index.to - index.from) / 86_400_000).toFixed(1)} days of blocks of ${Math.min(l1BlockMs, l2BlockMs)} ms: a time or the block time in it is wrong`,
        )
      const leader = leaderOf([...nodes.values()].filter(({ kind }) => kind === 'consensus'))
      return {
        ...{ from: index.from, to: index.to, index, events: kept, nodes, l1, syncing, leader },
        isRecording: index.run?.topology === recordingTopology,
        finalityBlocks: finalityBlocks(parameters),
        ...{ l1BlockMs, l2BlockMs },
      }
    },
  }
}

/** As the chain parameters of a run say it. */
function finalityBlocks(parameters: Readonly<Record<string, unknown>>): number | null {
  const [safe, finalized] = [parameters['l1SafeDistance'], parameters['l1FinalizedDistance']]
  return typeof safe === 'number' && typeof finalized === 'number' ? safe + finalized : null
}

/** Of the many kinds, what a rule looks at itself: peers, and gossip that was refused. */
function isTold(event: WorldEvent): boolean {
  return event.kind === 'peer' || (event.kind === 'gossip' && event.action === 'reject')
}

/** A component that was stopped and publishes again. */
function closeGap(down: Map<string, number>, node: IncidentNode, t: number): void {
  const from = down.get(node.name)
  if (from === undefined) return
  down.delete(node.name)
  node.gaps.push({ from, to: t })
}

/** "Not known yet". */
export function isZeroHead({ hash }: BlockRef): boolean {
  return isZeroHash(hash)
}
