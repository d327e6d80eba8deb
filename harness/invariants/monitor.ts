import type { WorldEvent } from '../events/event.ts'
import { createL2Blocks } from '../events/l2-blocks.ts'
import { consumerOf } from '../events/traffic-role.ts'
import type { ClSpec } from '../world/topology.ts'
import type { ClHandle, World } from '../world/world.ts'
import { createEngineDoubts, createL1Doubts, deniesBlocks } from './doubts.ts'
import { finalizedFinal } from './finalized-final.ts'
import { headsOrdered } from './heads-ordered.ts'
import { type Evidence, type Invariant, type InvariantContext, InvariantViolation } from './invariant.ts'
import { noDerivedAttributes } from './no-derived-attributes.ts'
import { originGrace, originsCanonical } from './origins-canonical.ts'
import { safeFromSource } from './safe-from-source.ts'
import { createSourceReports, type SourceReports } from './source-reports.ts'
import { currentL1FromSource, withinSource } from './within-source.ts'

/** What the watch needs of a world. */
export interface WatchedWorld extends Pick<World, 'parameters' | 'events' | 'failed' | 'fail'> {
  readonly rollup: { readonly genesis: Pick<World['rollup']['genesis'], 'l1' | 'l2' | 'l2Time'> }
  readonly l1: Pick<World['l1'], 'view'>
  readonly cls: ReadonlyMap<string, WatchedNode>
}

export interface WatchedNode extends Pick<ClHandle, 'name' | 'spec' | 'deviates'> {
  readonly rpc: Pick<ClHandle['rpc'], 'request'>
  readonly status: Pick<ClHandle['status'], 'onObservation'>
  readonly lifecycle: Pick<ClHandle['lifecycle'], 'starts'>
  readonly el: { readonly lifecycle: Pick<ClHandle['lifecycle'], 'starts'> }
}

/** How often an invariant was judged on a node. */
export interface Evaluation {
  readonly invariant: string
  readonly node: string
  readonly evaluations: number
}

/** A watch over all invariants of a run. */
export interface InvariantWatch {
  /** Those that have not been judged yet, although their node ran: the run proves nothing about them so far. */
  unjudged(): readonly Evaluation[]
  /** Ends it: nothing is judged any more, and how often everything was is recorded. Returns what stays unjudged. */
  end(): readonly Evaluation[]
}

/** The invariants that a node must keep. */
function invariantsOf({ parameters }: WatchedWorld, { mode, sequencer }: ClSpec): readonly Invariant[] {
  return [
    headsOrdered(),
    finalizedFinal(),
    originsCanonical(originGrace(parameters)),
    ...(mode.kind === 'follow'
      ? [
          withinSource(),
          currentL1FromSource(),
          safeFromSource(),
          noDerivedAttributes({ sequences: sequencer !== undefined }),
        ]
      : []),
  ]
}

/**
 * Judges every invariant on every status and every engine call of every node. The first violation fails the run.
 */
export function watchInvariants(world: WatchedWorld): InvariantWatch {
  const { events, rollup } = world
  const l2Genesis = { number: Number(rollup.genesis.l2.number), hash: rollup.genesis.l2.hash }
  const blocks = createL2Blocks(l2Genesis)
  const doubts = createL1Doubts()
  const engineDoubts = createEngineDoubts(world.cls)
  const l1 = world.l1.view
  const nodes = new Map<string, NodeWatch>()
  /** Counted when the engine starts again: a node learns of the loss then. */
  const wipes = new Map<string, number>()
  const emptied = new Set<string>()
  const denials = new Map<string, number>()
  /** When each node was started last, in milliseconds. */
  const startedMs = new Map<string, number>()
  for (const node of world.cls.values()) {
    const { mode } = node.spec
    const source =
      mode.kind === 'derive'
        ? null
        : createSourceReports({
            ...{ source: mode.source, follower: node.name, blocks, l1, doubts },
            genesis: { l1: rollup.genesis.l1, l2: l2Genesis },
            graceMs: originGrace(world.parameters).safeMs,
          })
    nodes.set(node.name, watchNode(world, node, { l1, doubts, engineDoubts, blocks, source, wipes, denials }))
  }

  const take = (event: WorldEvent) => {
    if (event.kind === 'component' && event.action === 'start') {
      startedMs.set(event.component, event.t)
      if (emptied.delete(event.component)) wipes.set(event.component, (wipes.get(event.component) ?? 0) + 1)
    }
    if (event.kind === 'component' && event.action === 'wipe') emptied.add(event.component)
    if (event.kind === 'fault' && event.action === 'hit' && deniesBlocks(event)) {
      const node = consumerOf(event.point)
      denials.set(node, (denials.get(node) ?? 0) + 1)
    }
    blocks.add(event)
    doubts.add(event)
    engineDoubts.add(event)
    if (event.kind === 'source') nodes.get(event.follower)?.source?.add(event)
    if (event.kind === 'engine' && event.heads !== undefined) {
      const node = consumerOf(event.link)
      // What had no answer when its process ended may be told of when the next one runs, which knows nothing of it.
      const isForgotten =
        event.status === undefined && event.t - event.durationMs <= (startedMs.get(node) ?? 0)
      if (!isForgotten)
        nodes.get(node)?.judge({ kind: 'forkchoice', event: { ...event, heads: event.heads } })
    }
  }
  const ends = [
    events.subscribe(take, { history: true }),
    ...[...world.cls.values()].map(({ name, status }) =>
      status.onObservation((observation) => nodes.get(name)?.judge({ kind: 'status', observation })),
    ),
  ]
  const all = () => [...nodes.values()].flatMap((node) => node.evaluations())
  const unjudged = () =>
    all().filter(
      ({ node, evaluations }) => evaluations === 0 && (world.cls.get(node)?.lifecycle.starts ?? 0) > 0,
    )
  let never: readonly Evaluation[] | null = null
  return {
    unjudged,
    end() {
      if (never !== null) return never
      for (const end of ends) end()
      for (const evaluation of all()) events.record({ kind: 'invariant', outcome: 'checked', ...evaluation })
      never = unjudged()
      return never
    },
  }
}

interface NodeWatch {
  readonly source: SourceReports | null
  judge(evidence: Evidence): void
  evaluations(): readonly Evaluation[]
}

function watchNode(
  world: WatchedWorld,
  node: WatchedNode,
  {
    wipes,
    denials,
    ...known
  }: Pick<InvariantContext, 'l1' | 'doubts' | 'engineDoubts' | 'blocks' | 'source'> & {
    readonly wipes: ReadonlyMap<string, number>
    readonly denials: ReadonlyMap<string, number>
  },
): NodeWatch {
  const invariants = invariantsOf(world, node.spec)
  const counts = new Map(invariants.map(({ name }) => [name, 0]))
  const told = new Set<string>()
  return {
    source: known.source,
    judge(evidence) {
      const context: InvariantContext = {
        ...known,
        starts: node.lifecycle.starts,
        engineStarts: node.el.lifecycle.starts,
        engineWipes: wipes.get(node.spec.el) ?? 0,
        engineDenials: denials.get(node.name) ?? 0,
      }
      for (const invariant of invariants) {
        const finding = invariant.judge(evidence, context)
        if (finding === 'not-judged') continue
        const { name } = invariant
        counts.set(name, (counts.get(name) ?? 0) + 1)
        if (finding === 'holds' || world.failed.aborted) continue
        const message = finding.violated
        const event = { kind: 'invariant', invariant: name, node: node.name, message } as const
        const link = node.deviates.get(name)
        if (link !== undefined) {
          // Once is enough to know of it.
          if (!told.has(name))
            world.events.record({ ...event, outcome: 'known', message: `${message} (${link})` })
          told.add(name)
          continue
        }
        world.events.record({ ...event, outcome: 'violated' })
        world.fail(new InvariantViolation(invariant, node.name, message))
      }
    },
    evaluations: () =>
      [...counts].map(([invariant, evaluations]) => ({ invariant, node: node.name, evaluations })),
  }
}
