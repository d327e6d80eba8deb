import type { EngineState } from './engine/engine-client.ts'
import type { NodeMetrics } from './metrics.ts'

/** Publishes number and time of every L2 head that changed; the label values are op-node's. */
export function createHeadRecorder(metrics: NodeMetrics): (state: EngineState) => void {
  const published = new Map<string, string>()
  return ({ unsafe, pendingSafe, localSafe, safe, finalized }) => {
    const heads = {
      l2_unsafe: unsafe,
      l2_pending_safe: pendingSafe,
      l2_local_safe: localSafe,
      l2_safe: safe,
      l2_finalized: finalized,
    }
    for (const [type, ref] of Object.entries(heads)) {
      if (published.get(type) === ref.hash) continue
      published.set(type, ref.hash)
      metrics.refNumber.set(Number(ref.number), { layer: 'l2', type })
      metrics.refTime.set(Number(ref.timestamp), { layer: 'l2', type })
    }
  }
}
