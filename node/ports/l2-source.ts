import type { Address, Hash } from 'viem'
import type { PayloadEnvelope } from '../protocol/payload.ts'

export type L2Label = 'latest' | 'safe' | 'finalized'

/** An L2 block as the engine's `eth_` API gives it: the payload it came from, and the header fields beyond it. */
export type L2Block = PayloadEnvelope

/**
 * Reads from the node's execution engine. `null` means the engine does not have the block; a throw means it cannot
 * be asked (temporary).
 */
export interface L2Source {
  chainId(signal?: AbortSignal): Promise<bigint>
  blockByLabel(label: L2Label, signal?: AbortSignal): Promise<L2Block | null>
  blockByNumber(number: bigint, signal?: AbortSignal): Promise<L2Block | null>
  blockByHash(hash: Hash, signal?: AbortSignal): Promise<L2Block | null>
  /** The storage root of an account at a block, proven against the block's state root. */
  storageRoot(address: Address, blockHash: Hash, signal?: AbortSignal): Promise<Hash>
}
