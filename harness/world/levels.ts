import type { L1BlockRef, L2BlockRef } from '../../node/protocol/refs.ts'
import type { SyncStatus } from '../../node/protocol/sync-status.ts'

/** The L2 heads by the names that scenarios use; `crossSafe` is `safe_l2` in the RPC. */
export const levels = ['unsafe', 'localSafe', 'crossSafe', 'finalized'] as const
export type Level = (typeof levels)[number]

/** The L1 positions that a node publishes. */
export const l1Levels = ['currentL1', 'headL1'] as const
export type L1Level = (typeof l1Levels)[number]

/** The head of that level in a status. */
export function headOf(status: SyncStatus, level: Level): L2BlockRef {
  switch (level) {
    case 'unsafe':
      return status.unsafeL2
    case 'localSafe':
      return status.localSafeL2
    case 'crossSafe':
      return status.safeL2
    case 'finalized':
      return status.finalizedL2
  }
}

export function l1HeadOf(status: SyncStatus, level: L1Level): L1BlockRef {
  return status[level]
}
