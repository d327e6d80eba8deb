import type { WorldEvent } from '../events/event.ts'
import { createL2Blocks } from '../events/l2-blocks.ts'
import { consumerOf } from '../events/traffic-role.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import type { Observation } from '../world/status-stream.ts'
import { ModelViolation } from './model-violation.ts'

type Event<Kind extends WorldEvent['kind']> = Extract<WorldEvent, { kind: Kind }>

/** A sequencer that was ended so soon after it built a block may have told nobody of it but its engine, which may hang. */
const untoldMs = 30_000
const rememberedMax = 20_000

const isOwn = (action: Event<'gossip'>['action']) => action === 'publish' || action === 'withhold'

/**
 * What becomes safe is what the sequencer has built: the batches say nothing else, and nobody but the batcher has a say
 * (specs/protocol/derivation.md, "L1 Retrieval", "Batch Queue"). Only when the sequencing window of an epoch has passed are
 * there blocks that nobody built, of deposits alone. A sequencer that derives has its engine build derived blocks as well:
 * its own are those that it gossips, or would but for their age. Returns what ends it.
 */
export function watchSafe(world: WatchedWorld): () => void {
  const { events, cls, rollup, parameters } = world
  const genesis = { number: Number(rollup.genesis.l2.number), hash: rollup.genesis.l2.hash }
  const blocks = createL2Blocks(genesis)
  const origins = new Map<string, number>([[genesis.hash, Number(rollup.genesis.l1.number)]])
  const sequenced = new Set<string>([genesis.hash])
  /** Blocks that a sequencer's engine built a short time ago, and nobody was told of yet. */
  const untold = new Map<string, { readonly hash: string; readonly t: number }[]>()
  const judged = new Set<string>()
  let l1Highest = 0

  const sequences = (name: string) => cls.get(name)?.spec.sequencer !== undefined
  const keep = <T>(set: Set<T>, value: T) => {
    set.add(value)
    if (set.size > rememberedMax) set.delete(set.values().next().value as T)
  }

  function build({ link, method, block, t }: Event<'engine'>): void {
    const name = consumerOf(link)
    if (block === undefined || !method.startsWith('engine_getPayload') || !sequences(name)) return
    // One that follows derives nothing: whatever its engine builds it has sequenced.
    if (cls.get(name)?.spec.mode.kind === 'follow') keep(sequenced, block.hash)
    else
      untold.set(name, [
        ...(untold.get(name) ?? []).filter((one) => t - one.t <= untoldMs),
        { hash: block.hash, t },
      ])
  }

  function end({ component, t }: Event<'component'>): void {
    for (const one of untold.get(component) ?? []) if (t - one.t <= untoldMs) keep(sequenced, one.hash)
    untold.delete(component)
  }

  function learnOrigin({ block, origin }: Event<'head'>): void {
    if (origin === undefined) return
    origins.set(block.hash, origin.number)
    if (origins.size > rememberedMax) origins.delete(origins.keys().next().value as string)
  }

  /** The lowest L1 origin that a block can have: that of the nearest below whose origin is known. */
  function originBelow(hash: string): number | null {
    for (let at: string | undefined = hash; at !== undefined; at = blocks.parentOf(at)) {
      const origin = origins.get(at)
      if (origin !== undefined) return origin
    }
    return null
  }

  function observe({ node, status }: Observation): void {
    if (cls.get(node)?.spec.mode.kind !== 'derive') return
    for (
      let at: string | undefined = status.localSafeL2.hash;
      at !== undefined && !judged.has(at) && blocks.numberOf(at) !== undefined;
      at = blocks.parentOf(at)
    ) {
      keep(judged, at)
      if (sequenced.has(at)) continue
      const parent = blocks.parentOf(at)
      const origin = parent === undefined ? null : originBelow(parent)
      if (origin === null || l1Highest >= origin + parameters.seqWindowSize || world.failed.aborted) continue
      world.fail(
        new ModelViolation(
          node,
          'safe-is-sequenced',
          `block ${blocks.numberOf(at)}:${at.slice(0, 10)}… is safe, which the sequencer did not build, and L1 is at ${l1Highest}: the window of ${parameters.seqWindowSize} after ${origin} has not passed`,
        ),
      )
    }
  }

  const ends = [
    events.subscribe(
      (event) => {
        blocks.add(event)
        if (event.kind === 'head') learnOrigin(event)
        else if (event.kind === 'l1-block') l1Highest = Math.max(l1Highest, event.block.number)
        else if (event.kind === 'engine') build(event)
        else if (event.kind === 'component') end(event)
        else if (event.kind === 'gossip' && isOwn(event.action) && event.block !== undefined) {
          if (cls.has(event.node)) keep(sequenced, event.block.hash)
        }
      },
      { history: true },
    ),
    ...[...cls.values()].map(({ status }) => status.onObservation(observe)),
  ]
  return () => {
    for (const stop of ends) stop()
  }
}
