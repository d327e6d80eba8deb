import type { Address, Hash } from 'viem'
import type { PayloadEnvelope } from '../protocol/payload.ts'

export type L2Label = 'latest' | 'safe' | 'finalized'

/** An L2 block as the engine's `eth_` API gives it: the payload it came from, and the header fields beyond it. */
export type L2Block = PayloadEnvelope

/** How far the engine says that it is with a sync. */
export interface L2SyncProgress {
  /** What it has executed or downloaded up to, and what it syncs to; null when it does not say. */
  readonly currentBlock: bigint | null
  readonly highestBlock: bigint | null
  /** Changes with everything that it says of its work, and not with a newer target. */
  readonly mark: string
}

/**
 * Reads from the node's execution engine. `null` means the engine does not have the block; a throw means it cannot
 * be asked (temporary).
 */
export interface L2Source {
  chainId(signal?: AbortSignal): Promise<bigint>
  blockByLabel(label: L2Label, signal?: AbortSignal): Promise<L2Block | null>
  blockByNumber(number: bigint, signal?: AbortSignal): Promise<L2Block | null>
  blockByHash(hash: Hash, signal?: AbortSignal): Promise<L2Block | null>
  /** What it says of a sync that runs; null when it says that none does, or does not know the question. */
  syncProgress(signal?: AbortSignal): Promise<L2SyncProgress | null>
  /** The storage root of an account at a block, proven against the block's state root. */
  storageRoot(address: Address, blockHash: Hash, signal?: AbortSignal): Promise<Hash>
}
