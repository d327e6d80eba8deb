import type { Hash } from 'viem'
import type { EngineState } from './engine/engine-client.ts'
import type { NodeMetrics } from './metrics.ts'
import type { Clock } from './ports/clock.ts'
import type { BlockId, L1BlockRef, L2BlockRef } from './protocol/refs.ts'

/** Publishes block references as gauges; layers and types are op-node's. An unchanged reference costs nothing. */
export interface RefRecorder {
  l1(type: 'l1_head' | 'l1_safe' | 'l1_finalized' | 'l1_derived', ref: L1BlockRef): void
  /** All L2 heads of a state. */
  l2(state: EngineState): void
}

export function createRefRecorder(metrics: NodeMetrics, clock: Clock): RefRecorder {
  const published = new Map<string, Hash>()

  /** Returns false when the reference is as published. */
  const record = (layer: string, type: string, { hash, number }: BlockId): boolean => {
    const key = `${layer} ${type}`
    if (published.get(key) === hash) return false
    published.set(key, hash)
    metrics.refNumber.set(Number(number), { layer, type })
    metrics.refHash.set(hashAsNumber(hash), { layer, type })
    return true
  }

  const recordBlock = (layer: string, type: string, ref: L1BlockRef): boolean => {
    if (!record(layer, type, ref)) return false
    // The zero reference has no time.
    if (ref.timestamp === 0n) return true
    metrics.refTime.set(Number(ref.timestamp), { layer, type })
    metrics.refLatency.set(Number(ref.timestamp) - clock.nowMs() / 1000, { layer, type })
    return true
  }

  const recordL2 = (type: string, ref: L2BlockRef): void => {
    if (!recordBlock('l2', type, ref)) return
    record('l1_origin', type, ref.l1Origin)
    metrics.refSequenceNumber.set(Number(ref.sequenceNumber), { type })
  }

  return {
    l1: (type, ref) => void recordBlock('l1', type, ref),
    l2({ unsafe, pendingSafe, localSafe, safe, finalized, elSyncing }) {
      recordL2('l2_unsafe', unsafe)
      // Before interop the unsafe chain is cross-unsafe.
      recordL2('l2_cross_unsafe', unsafe)
      recordL2('l2_pending_safe', pendingSafe)
      recordL2('l2_local_safe', localSafe)
      recordL2('l2_safe', safe)
      recordL2('l2_finalized', finalized)
      metrics.elSyncing.set(elSyncing ? 1 : 0)
    },
  }
}

/** As op-node does it, so that the graphs of both can be laid over each other: little endian, rounded to a double. */
function hashAsNumber(hash: Hash): number {
  return Number(Buffer.from(hash.slice(2, 18), 'hex').readBigUInt64LE())
}
