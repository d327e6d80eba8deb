import type { Hash } from 'viem'
import type { SyncStatus } from '../protocol/sync-status.ts'

/** What identifies the chain that a source serves; a follower and its source must agree on all of it. */
export interface ChainIdentity {
  readonly l1ChainId: bigint
  readonly l2ChainId: bigint
  readonly l1GenesisHash: Hash
  readonly l2GenesisHash: Hash
}

/** The consensus node that derives. Answers are schema-checked by the adapter; a malformed one throws. */
export interface FollowSource {
  syncStatus(signal: AbortSignal): Promise<SyncStatus>
  chainIdentity(signal: AbortSignal): Promise<ChainIdentity>
}
