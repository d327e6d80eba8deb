import type { Address, Hash, Hex } from 'viem'
import type { L1BlockRef } from '../protocol/refs.ts'

/** The fields of an L1 header that derivation and sequencing need. */
export interface L1Header extends L1BlockRef {
  readonly mixHash: Hash
  readonly baseFeePerGas: bigint
  /** Cancun; absent before. */
  readonly excessBlobGas?: bigint
  /** Cancun; absent before. */
  readonly parentBeaconBlockRoot?: Hash
}

/** The fields of an L1 transaction that the data source looks at. */
export interface L1Transaction {
  readonly hash: Hash
  /** EIP-2718 type: 0, 1, 2, 3, 4. */
  readonly type: number
  /** Sender as the signature recovers it, checked by the adapter against the RPC's claim. */
  readonly from: Address
  readonly to: Address | null
  readonly input: Hex
  /** Type 3 only. */
  readonly blobVersionedHashes?: readonly Hash[]
}

export interface L1Log {
  readonly address: Address
  readonly topics: readonly Hash[]
  readonly data: Hex
  /** Index among all logs of the block. */
  readonly logIndex: number
}

export interface L1Receipt {
  readonly transactionHash: Hash
  readonly status: 'success' | 'reverted'
  readonly logs: readonly L1Log[]
}

export type L1Label = 'latest' | 'safe' | 'finalized'

/**
 * The node's own L1. A method answers `null` when the L1 does not have the block and throws when it cannot be asked
 * (temporary: the caller backs off).
 */
export interface L1Source {
  chainId(signal?: AbortSignal): Promise<bigint>
  headerByLabel(label: L1Label, signal?: AbortSignal): Promise<L1Header | null>
  headerByNumber(number: bigint, signal?: AbortSignal): Promise<L1Header | null>
  headerByHash(hash: Hash, signal?: AbortSignal): Promise<L1Header | null>
  /** All transactions of the block, in order. */
  transactionsByHash(hash: Hash, signal?: AbortSignal): Promise<readonly L1Transaction[] | null>
  /** The receipts of the block, in order; an adapter may leave out logs that are not of the chain's own contracts. */
  receiptsByHash(hash: Hash, signal?: AbortSignal): Promise<readonly L1Receipt[] | null>
  /** A 32-byte storage word at the state of the block with that hash. */
  storageAt(address: Address, slot: Hash, blockHash: Hash, signal?: AbortSignal): Promise<Hash>
}

/**
 * What a call to L1 is for, the most urgent first: heads, and whether blocks are canonical; what derivation and the
 * sequencer need next; what they may need later. Matters when L1 may not be asked as often as the node would like.
 */
export const l1Priorities = ['heads', 'next', 'ahead'] as const
export type L1Priority = (typeof l1Priorities)[number]

/** The one L1 of a node: every part of it asks by the view that has its priority. Everything else they share. */
export interface SharedL1 extends L1Source {
  withPriority(priority: L1Priority): L1Source
}
