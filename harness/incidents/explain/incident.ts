import type { HeadLevel, WorldEvent } from '../../events/event.ts'
import { consumerOf } from '../../events/traffic-role.ts'
import { type BlockRef, isZeroHash } from '../../report/model/chains.ts'
import { indexEvents, type RunIndex } from '../../report/model/run-index.ts'
import type { Track } from '../../report/model/track.ts'
import { recordingTopology } from '../record/recorder.ts'
import { createL1Forks, type L1Forks } from './l1-forks.ts'

/** A head that somebody published; `origin` and `parent` as far as they were told. */
export interface Head extends BlockRef {
  readonly origin?: BlockRef | undefined
  readonly parent?: string | undefined
}

/** Times are Unix time in milliseconds. */
export interface Interval {
  readonly from: number
  readonly to: number
}

/** Something that publishes heads: a consensus node, an engine, or what a source told one follower. */
export interface IncidentNode {
  readonly name: string
  readonly kind: 'consensus' | 'engine' | 'told'
  /** The node that it follows, as it is known best: what it was told, or what its source publishes. */
  source: string | null
  readonly levels: Map<HeadLevel, Track<Head>>
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
  readonly l1BlockMs: number
  readonly l2BlockMs: number
  readonly nodes: ReadonlyMap<string, IncidentNode>
  readonly l1: L1Forks
  readonly index: RunIndex
  readonly events: readonly WorldEvent[]
  /** Whether each engine said that it syncs. */
  readonly syncing: ReadonlyMap<string, Track<boolean>>
}

const heldBack = new Set(['stop', 'kill', 'pause', 'exit'])

/** Reads the events of a run or a recording. */
export function readIncident(events: readonly WorldEvent[]): Incident {
  const index = indexEvents(events)
  const parameters = index.run?.parameters ?? {}
  const seconds = (name: string, otherwise: number) => {
    const value = parameters[name]
    return (typeof value === 'number' && value > 0 ? value : otherwise) * 1000
  }
  const engines = new Set(Array.isArray(parameters['els']) ? parameters['els'].map(String) : [])
  const follows = new Map(Object.entries((parameters['follows'] ?? {}) as Record<string, unknown>))
  const sampled = new Map(Object.entries((parameters['sampledMs'] ?? {}) as Record<string, unknown>))
  const nodes = new Map<string, IncidentNode>()
  const syncing = new Map<string, Track<boolean>>()
  const l1 = createL1Forks()
  const down = new Map<string, number>()

  const nodeOf = (name: string, kind: IncidentNode['kind']): IncidentNode => {
    const known = nodes.get(name)
    if (known !== undefined) return known
    const source = follows.get(name)
    const made: IncidentNode = {
      ...{ name, kind, levels: new Map(), gaps: [] },
      source: typeof source === 'string' ? source : null,
      sampledMs: Number(sampled.get(name) ?? 0),
    }
    nodes.set(name, made)
    return made
  }
  const tell = (node: IncidentNode, level: HeadLevel, value: Head, { seq, t }: WorldEvent) => {
    const track = node.levels.get(level) ?? []
    node.levels.set(level, track)
    if (track.at(-1)?.value.hash !== value.hash) track.push({ seq, t, value })
  }

  for (const event of events)
    switch (event.kind) {
      case 'head': {
        const { number, hash, parent } = event.block
        const kind = engines.has(event.node) ? 'engine' : 'consensus'
        const node = nodeOf(event.node, kind)
        closeGap(down, node, event.t)
        tell(node, event.level, { number, hash, parent, origin: event.origin }, event)
        break
      }
      case 'source': {
        const told = nodeOf(`${event.source} (as told to ${event.follower})`, 'told')
        nodeOf(event.follower, 'consensus').source = told.name
        if (event.heads === undefined) {
          if (!down.has(told.name)) down.set(told.name, event.t)
          break
        }
        closeGap(down, told, event.t)
        for (const level of ['unsafe', 'localSafe', 'crossSafe', 'finalized', 'currentL1'] as const)
          tell(told, level, event.heads[level], event)
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
  for (const [name, from] of down) nodes.get(name)?.gaps.push({ from, to: index.to })
  return {
    ...{ from: index.from, to: index.to, index, events, nodes, l1, syncing },
    isRecording: index.run?.topology === recordingTopology,
    l1BlockMs: seconds('l1BlockTime', 12),
    l2BlockMs: seconds('l2BlockTime', 2),
  }
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
