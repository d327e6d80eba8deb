import type { L1BlockRef, L2BlockRef } from './refs.ts'

/**
 * What a consensus node knows, as `optimism_syncStatus` publishes it (there in snake case, numbers as JSON integers).
 * A reference that is not known is the zero reference.
 */
export interface SyncStatus {
  /** How far derivation has read L1: every safe block was derived from L1 blocks before this one. */
  readonly currentL1: L1BlockRef
  readonly currentL1Finalized: L1BlockRef
  readonly headL1: L1BlockRef
  readonly safeL1: L1BlockRef
  readonly finalizedL1: L1BlockRef
  readonly unsafeL2: L2BlockRef
  /** Cross-safe. */
  readonly safeL2: L2BlockRef
  readonly finalizedL2: L2BlockRef
  readonly pendingSafeL2: L2BlockRef
  readonly crossUnsafeL2: L2BlockRef
  readonly localSafeL2: L2BlockRef
}
