import { isZeroRef, zeroHash } from '../../node/protocol/refs.ts'
import { isZeroHash } from '../events/l2-blocks.ts'
import { consumerOf } from '../events/traffic-role.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import type { Observation } from '../world/status-stream.ts'
import { calmMs } from './calm.ts'
import { createDisturbances } from './disturbances.ts'
import { ModelViolation } from './model-violation.ts'

const labels = [
  ['safe', 'safeL2'],
  ['finalized', 'finalizedL2'],
] as const

/**
 * What a node publishes as safe and as finalized, its engine was told: an update is sent whenever any label changed, also
 * while the head stands still (follow-mode.md, step 7). Returns what ends it.
 */
export function watchLabels(world: WatchedWorld): () => void {
  const { events, cls, parameters } = world
  const disturbances = createDisturbances()
  const calm = calmMs(parameters)
  const patienceMs = 3_000 + 2_000 * parameters.l2BlockTime
  /** What the engine of each node may have under each label. */
  const told = new Map<string, { readonly safe: readonly string[]; readonly finalized: readonly string[] }>()
  /** Since when what is published is not what was told. */
  const sinceMs = new Map<string, number>()

  function observe({ node: name, askedMs, status }: Observation): void {
    const engine = told.get(name)
    for (const [label, field] of labels) {
      const ref = status[field]
      const key = `${label} of ${name}`
      const differs = engine !== undefined && !isZeroRef(ref) && !engine[label].includes(ref.hash)
      // The engine begins with its genesis for what it was never told.
      if (!differs || (engine[label].some(isZeroHash) && ref.number === 0n)) {
        sinceMs.delete(key)
        continue
      }
      const first = sinceMs.get(key) ?? askedMs
      sinceMs.set(key, first)
      if (askedMs - first <= patienceMs || askedMs - disturbances.lastMs(name) <= calm) continue
      if (!world.failed.aborted)
        world.fail(
          new ModelViolation(
            name,
            'labels-told',
            `it has published ${label} ${ref.number} for ${(askedMs - first) / 1000} s, and not told its engine`,
          ),
        )
    }
  }

  /** It begins with its genesis again. */
  function forget(engine: string): void {
    for (const { name, spec } of cls.values())
      if (spec.el === engine && told.has(name)) told.set(name, { safe: [zeroHash], finalized: [zeroHash] })
  }

  /** Some engines keep no safe label, and begin with what is final for it. */
  function startAgain(engine: string): void {
    for (const { name, spec } of cls.values()) {
      const labels = spec.el === engine ? told.get(name) : undefined
      if (labels !== undefined) told.set(name, { ...labels, safe: [...labels.safe, ...labels.finalized] })
    }
  }

  const ends = [
    events.subscribe(
      (event) => {
        disturbances.add(event)
        if (event.kind === 'engine' && event.heads !== undefined && event.status === 'VALID')
          told.set(consumerOf(event.link), { safe: [event.heads.safe], finalized: [event.heads.finalized] })
        else if (event.kind === 'component' && event.action === 'wipe') forget(event.component)
        else if (event.kind === 'component' && event.action === 'start') startAgain(event.component)
      },
      { history: true },
    ),
    ...[...cls.values()].map(({ status }) => status.onObservation(observe)),
  ]
  return () => {
    for (const end of ends) end()
  }
}
