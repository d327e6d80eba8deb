import { isZeroRef } from '../../node/protocol/refs.ts'
import type { WorldEvent } from '../events/event.ts'
import { consumerOf } from '../events/traffic-role.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import type { Observation } from '../world/status-stream.ts'
import { calmMs } from './calm.ts'
import { createDisturbances } from './disturbances.ts'
import { ModelViolation } from './model-violation.ts'

const rememberedMax = 10_000

/**
 * A sequencer goes on to the next L1 origin as soon as the time of its block and the confirmations that it asks for allow:
 * its blocks have the deposits of L1 soon, and no batch of theirs comes after its sequencing window
 * (specs/protocol/derivation.md, "Sequencing Window"; op-node, FindL1Origin). Only blocks are judged that it built while
 * nothing disturbed it. Returns what ends it.
 */
export function watchOrigins(world: WatchedWorld): () => void {
  const { events, cls, parameters } = world
  const disturbances = createDisturbances()
  const calm = calmMs(parameters)
  /** What L1 had so long before a block was finished, its sequencer had when it chose the origin. */
  const seenMs = 1_000 * (parameters.l1BlockTime + parameters.l2BlockTime)
  /** The newest L1 block of each number, and when it came. */
  const l1 = new Map<number, { readonly t: number; readonly timestamp: number; readonly hash: string }>()
  /** When who had which block built, by hash. */
  const built = new Map<string, { readonly node: string; readonly t: number }>()

  function learn(event: WorldEvent): void {
    disturbances.add(event)
    if (event.kind === 'l1-block') {
      const { block, t, timestamp } = event
      l1.set(block.number, { t, timestamp, hash: block.hash })
    }
    // L1 may be shorter than it was.
    if (event.kind === 'l1-reorg')
      for (const { number, hash } of event.orphaned) if (l1.get(number)?.hash === hash) l1.delete(number)
    if (event.kind !== 'engine' || event.block === undefined) return
    if (!event.method.startsWith('engine_getPayloadV')) return
    built.set(event.block.hash, { node: consumerOf(event.link), t: event.t })
    if (built.size > rememberedMax) built.delete(built.keys().next().value as string)
  }

  function observe({ node, status: { unsafeL2 } }: Observation): void {
    const sequencer = cls.get(node)?.spec.sequencer
    const block = built.get(unsafeL2.hash)
    // The first of an epoch has just gone on.
    if (sequencer === undefined || block?.node !== node || isZeroRef(unsafeL2)) return
    if (unsafeL2.sequenceNumber === 0n || block.t - disturbances.lastMs(node) <= calm) return
    const next = Number(unsafeL2.l1Origin.number) + 1
    const adoptable = l1.get(next)
    const confirming = l1.get(next + (sequencer.l1Confirmations ?? 0))
    if (adoptable === undefined || confirming === undefined || block.t - confirming.t <= seenMs) return
    if (unsafeL2.timestamp < adoptable.timestamp || world.failed.aborted) return
    world.fail(
      new ModelViolation(
        node,
        'origins-go-on',
        `it built block ${unsafeL2.number} on the L1 origin ${next - 1}, and could have adopted ${next} for ${(block.t - confirming.t) / 1000} s`,
      ),
    )
  }

  const ends = [
    events.subscribe(learn, { history: true }),
    ...[...cls.values()].map(({ status }) => status.onObservation(observe)),
  ]
  return () => {
    for (const end of ends) end()
  }
}
