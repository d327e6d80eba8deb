import type { Address } from 'viem'
import type { RollupConfig } from '../../config/rollup-config.ts'
import type { L1Header, L1Transaction } from '../../ports/l1-source.ts'
import { hexToBytes } from '../../protocol/bytes.ts'

/** Where an L1 block's batcher payloads are: in calldata, or in blobs that have to be fetched. */
export interface DataSource {
  /**
   * The batcher payloads of a block, in order.
   * @throws Error (temporary) when data cannot be fetched.
   */
  payloads(
    block: L1Header,
    transactions: readonly L1Transaction[],
    batcher: Address,
    signal: AbortSignal,
  ): Promise<readonly Uint8Array[]>
}

/** Batches in calldata. */
export function createCalldataSource(config: RollupConfig): DataSource {
  return {
    async payloads(_block, transactions, batcher) {
      return batcherTransactions(transactions, config.batchInboxAddress, batcher)
        .filter((transaction) => transaction.type !== blobTransactionType)
        .map((transaction) => hexToBytes(transaction.input))
    },
  }
}

const blobTransactionType = 3
/** 0x7e lets a chain on top of an OP Stack chain force-include batches. */
const batcherTransactionTypes: readonly number[] = [0, 1, 2, blobTransactionType, 0x7e]

/**
 * The transactions that the batcher sent to the inbox, of the types that may carry batches.
 * Source: specs/protocol/derivation.md, "L1 Retrieval".
 */
export function batcherTransactions(
  transactions: readonly L1Transaction[],
  inbox: Address,
  batcher: Address,
): L1Transaction[] {
  // Reading `from` recovers the sender: only what was sent to the inbox is worth that.
  return transactions.filter(
    (transaction) =>
      transaction.to !== null &&
      sameAddress(transaction.to, inbox) &&
      batcherTransactionTypes.includes(transaction.type) &&
      sameAddress(transaction.from, batcher),
  )
}

function sameAddress(a: Address, b: Address): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
