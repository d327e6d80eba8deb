import type { Hash } from 'viem'
import type { SyncStatus } from '../protocol/sync-status.ts'

/** What identifies a chain; a follower and its source must agree on all of it. */
export interface ChainIdentity {
  readonly l1ChainId: bigint
  readonly l2ChainId: bigint
  readonly l1GenesisHash: Hash
  readonly l2GenesisHash: Hash
}

/** The consensus node that derives. Answers are schema-checked by the adapter; a malformed status throws. */
export interface FollowSource {
  syncStatus(signal: AbortSignal): Promise<SyncStatus>
  /**
   * What the source tells of its chain. What it does not tell, or in words that we do not know, is absent; a source
   * that does not offer the question tells nothing. Throws when it cannot be asked.
   */
  chainIdentity(signal: AbortSignal): Promise<Partial<ChainIdentity>>
}
