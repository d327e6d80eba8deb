import type { HeadLevel } from '../../events/event.ts'
import type { BlockRef } from './chains.ts'
import type { FactOf, FaultSpan, RunIndex, Span } from './run-index.ts'
import { type Change, changeAt, countUntil } from './track.ts'

/** What one node knew, and said, at a time. */
export interface NodeState {
  readonly node: string
  readonly heads: ReadonlyMap<HeadLevel, Change<BlockRef>>
  /** The last answer of its source. */
  readonly told: Change<FactOf<'source'>> | null
  /** The last heads that it gave its engine. */
  readonly update: Change<FactOf<'engine'>> | null
  /** What was done to it last. */
  readonly component: Change<FactOf<'component'>> | null
  readonly peers: readonly string[]
}

/** Everything that the events tell of one moment. */
export interface WorldState {
  readonly t: number
  readonly l1Head: BlockRef | null
  readonly labels: { readonly safe: number; readonly finalized: number } | null
  /** Null when nobody said. */
  readonly producing: boolean | null
  readonly reorgs: number
  readonly nodes: readonly NodeState[]
  /** Those that do not run: component and what became of it. */
  readonly stopped: readonly Change<FactOf<'component'>>[]
  readonly faults: readonly FaultSpan[]
  readonly steps: readonly Span[]
  readonly waits: readonly Span[]
}

const running = ['start', 'ready', 'resume']

/** The state of everything at `t` (Unix milliseconds), from the events up to then and no later one. */
export function stateAt(index: RunIndex, t: number): WorldState {
  const l1 = index.l1.heads[countUntil(index.l1.heads, t) - 1]
  const nodes = [...index.heads].map(([node, levels]) => ({
    node,
    heads: new Map(
      [...levels].flatMap(([level, track]) => {
        const change = changeAt(track, t)
        return change === undefined ? [] : [[level, change] as const]
      }),
    ),
    told: changeAt(index.told.get(node), t) ?? null,
    update: changeAt(index.updates.get(node), t) ?? null,
    component: changeAt(index.components.get(node), t) ?? null,
    peers: [...index.peers].flatMap(([key, track]) => {
      const peer = key.startsWith(`${node} `) ? changeAt(track, t)?.value : undefined
      return peer?.connected === true ? [peer.peer] : []
    }),
  }))
  return {
    t,
    nodes,
    l1Head: index.l1.blocks.get(l1?.hash ?? '') ?? null,
    labels: changeAt(index.labels, t)?.value ?? null,
    producing: changeAt(index.production, t)?.value ?? null,
    reorgs: countUntil(index.reorgs, t),
    stopped: [...index.components.values()].flatMap((track) => {
      const change = changeAt(track, t)
      return change === undefined || running.includes(change.value.action) ? [] : [change]
    }),
    faults: during(index.faults, t),
    steps: during(index.steps, t),
    waits: during(index.waits, t),
  }
}

/** What had begun and not yet ended. */
function during<T extends Span>(spans: readonly T[], t: number): readonly T[] {
  return spans.filter(({ from, to }) => from <= t && (to === null || to > t))
}
