import type { WorldEvent } from '../events/event.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import type { Observation } from '../world/status-stream.ts'
import { calmMs } from './calm.ts'
import { ModelViolation } from './model-violation.ts'

/** L1 blocks from an unsafe block to its batch, derived: its origin's, the channel's, the batch's, and as many to spare. */
const l1BlocksMax = 12

/**
 * What the sequencer built becomes safe while nothing is done to anybody: the batcher has sent it, sends again what L1 has
 * lost, and gives up what derivation dropped. Returns what ends it.
 */
export function watchBatches(world: WatchedWorld): () => void {
  const { events, cls, parameters } = world
  const confirmations = Math.max(...[...cls.values()].map(({ spec }) => spec.sequencer?.l1Confirmations ?? 0))
  const lagMs = calmMs(parameters) + (l1BlocksMax + confirmations) * parameters.l1BlockTime * 1000
  const standing = new Set<number>()
  let disturbedMs = 0
  let producesL1 = false
  let batches = false
  const unsafe: { readonly t: number; readonly number: number }[] = []

  function learn(event: WorldEvent): void {
    if (event.kind === 'fault') {
      if (event.action === 'install') standing.add(event.id)
      else if (event.action === 'remove') standing.delete(event.id)
    } else if (event.kind === 'l1-production') producesL1 = event.on
    else if (event.kind === 'component') {
      if (event.action === 'await') return
      if (event.component === 'batcher') batches = event.action === 'ready' || event.action === 'start'
    } else if (event.kind !== 'l1-reorg' && !(event.kind === 'reach' && event.mark.startsWith('reset')))
      return
    disturbedMs = event.t
  }

  function observe({ node: name, askedMs, status }: Observation): void {
    const spec = cls.get(name)?.spec
    if (spec?.sequencer !== undefined) unsafe.push({ t: askedMs, number: Number(status.unsafeL2.number) })
    if (spec?.mode.kind !== 'derive' || !producesL1 || !batches || standing.size > 0) return
    if (askedMs - disturbedMs <= 2 * lagMs) return
    const owed = unsafe.findLast(({ t }) => t <= askedMs - lagMs)?.number ?? 0
    if (Number(status.localSafeL2.number) >= owed || world.failed.aborted) return
    world.fail(
      new ModelViolation(
        name,
        'batches-go-on',
        `local-safe is ${status.localSafeL2.number}, and the sequencer had built block ${owed} ${lagMs / 1000} s ago`,
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
