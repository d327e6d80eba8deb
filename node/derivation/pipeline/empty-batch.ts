import type { RollupConfig } from '../../config/rollup-config.ts'
import type { BatchPosition, BatchVerdict } from './batch-provider.ts'
import type { L1Window } from './l1-window.ts'

/**
 * What follows when no batch can be accepted and the origin has been read to its end: once the epoch's sequencing window
 * has passed, empty blocks. The origin is repeated to keep L2 time at or after L1 time, and so that every epoch has a
 * block; an epoch that has all its blocks leaves the window.
 * Source: specs/protocol/derivation.md, "Batch Queue", from "If no batch can be accept-ed".
 */
export function deriveEmptyBatch(
  config: RollupConfig,
  window: L1Window,
  position: BatchPosition,
): BatchVerdict {
  const { safeHead, origin } = position
  const [epoch, nextEpoch] = window.blocks
  if (epoch === undefined || nextEpoch === undefined) return { kind: 'more' }
  if (epoch.number + config.seqWindowSize > origin.number) return { kind: 'more' }
  const timestamp = safeHead.timestamp + config.blockTime
  const isFirstOfEpoch = epoch.number === safeHead.l1Origin.number + 1n
  if (timestamp >= nextEpoch.timestamp && !isFirstOfEpoch) {
    window.dropFirst()
    return { kind: 'more' }
  }
  return {
    kind: 'batch',
    batch: {
      kind: 'singular',
      parentHash: safeHead.hash,
      epochNum: epoch.number,
      epochHash: epoch.hash,
      timestamp,
      transactions: [],
    },
    isLastInSpan: true,
  }
}
