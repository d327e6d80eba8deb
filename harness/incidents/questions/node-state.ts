import type { HeadLevel, WorldEvent } from '../../events/event.ts'
import { consumerOf } from '../../events/traffic-role.ts'

type FactOf<K extends WorldEvent['kind']> = Extract<WorldEvent, { kind: K }>

/** Everything that is known of one node at a moment: the last event of each kind, with its time and number. */
export interface NodeState {
  readonly node: string
  /** The moment that was asked for, or the last event when that was later; Unix time in milliseconds. */
  readonly t: number
  readonly fromMs: number
  readonly heads: readonly FactOf<'head'>[]
  readonly engine: {
    readonly name: string
    readonly heads: readonly FactOf<'head'>[]
    readonly syncing: FactOf<'rpc'> | null
    readonly component: FactOf<'component'> | null
  }
  /** The last answer of its source, and the last that could be read. */
  readonly told: FactOf<'source'> | null
  readonly toldHeads: FactOf<'source'> | null
  /** The last forkchoice update that it made. */
  readonly update: FactOf<'engine'> | null
  readonly component: FactOf<'component'> | null
  /** The last mark that it reached. */
  readonly mark: FactOf<'reach'> | null
  readonly peers: readonly FactOf<'peer'>[]
  /** Faults that stand on a point of the node. */
  readonly faults: readonly FactOf<'fault'>[]
  /** Since when nothing is known of it. */
  readonly away: FactOf<'rpc'> | null
  readonly l1: FactOf<'l1-block'> | null
  readonly reorgs: number
}

/** More peers than these are not listed. */
const peersMax = 200

/** Follows what one node is; it keeps the last of everything, however long the stream. */
export interface NodeStateFold {
  add(event: WorldEvent): void
  /** Null when no event was of the node; `nodes` tells who there was. */
  state(): NodeState | null
  readonly nodes: ReadonlySet<string>
}

export function foldNodeState(node: string): NodeStateFold {
  const nodes = new Set<string>()
  const heads = new Map<HeadLevel, FactOf<'head'>>()
  const engineHeads = new Map<string, Map<HeadLevel, FactOf<'head'>>>()
  const peers = new Map<string, FactOf<'peer'>>()
  const faults = new Map<number, FactOf<'fault'>>()
  const components = new Map<string, FactOf<'component'>>()
  const syncing = new Map<string, FactOf<'rpc'>>()
  const last: { -readonly [K in 'told' | 'toldHeads' | 'update' | 'mark' | 'away' | 'l1']: NodeState[K] } = {
    ...{ told: null, toldHeads: null, update: null, mark: null, away: null, l1: null },
  }
  let [t, fromMs, reorgs] = [0, -1, 0]
  let engine = `${node}-el`

  function add(event: WorldEvent): void {
    if (fromMs < 0) fromMs = event.t
    t = Math.max(t, event.t)
    switch (event.kind) {
      case 'head':
        nodes.add(event.node)
        if (event.node === node) {
          heads.set(event.level, event)
          last.away = null
        } else {
          const levels = engineHeads.get(event.node) ?? new Map<HeadLevel, FactOf<'head'>>()
          engineHeads.set(event.node, levels.set(event.level, event))
        }
        return
      case 'source':
        nodes.add(event.follower)
        if (event.follower !== node) return
        last.told = event
        if (event.heads !== undefined) last.toldHeads = event
        return
      case 'engine':
        if (consumerOf(event.link) !== node) return
        engine = event.link.slice(event.link.indexOf('→') + 1).replace(/\(.*$/, '')
        if (event.heads !== undefined) last.update = event
        return
      case 'rpc':
        if (consumerOf(event.link) !== 'recorder') return
        if (event.methods[0] === 'eth_syncing') syncing.set(event.link.slice('recorder→'.length), event)
        if (event.methods.length === 0 && event.link === `recorder→${node}`) last.away = event
        return
      case 'gap':
        if (event.component === node) last.away = null
        return
      case 'peer':
        if (event.node !== node) return
        if (!event.connected) peers.delete(event.peer)
        else if (peers.size < peersMax) peers.set(event.peer, event)
        return
      case 'fault':
        if (event.action === 'install' && isOn(event.point, node)) faults.set(event.id, event)
        if (event.action === 'remove') faults.delete(event.id)
        return
      case 'component':
        nodes.add(event.component)
        components.set(event.component, event)
        return
      case 'reach':
        if (event.node === node) last.mark = event
        return
      case 'l1-block':
        last.l1 = event
        return
      case 'l1-reorg':
        reorgs++
        return
    }
  }

  return {
    add,
    nodes,
    state() {
      if (!nodes.has(node)) return null
      return {
        ...{ node, t, fromMs, ...last, reorgs, heads: [...heads.values()] },
        engine: {
          ...{ name: engine, heads: [...(engineHeads.get(engine)?.values() ?? [])] },
          ...{ syncing: syncing.get(engine) ?? null, component: components.get(engine) ?? null },
        },
        ...{
          component: components.get(node) ?? null,
          peers: [...peers.values()],
          faults: [...faults.values()],
        },
      }
    },
  }
}

/** Whether a point is the node, or a connection of it or of its engine; `*` is everybody. */
function isOn(point: string, node: string): boolean {
  return point
    .split('→')
    .some((end) => end === '*' || end.replace(/\(.*$/, '') === node || end === `${node}-el`)
}
