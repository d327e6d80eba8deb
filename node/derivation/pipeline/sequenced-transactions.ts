import type { Hex } from 'viem'
import { type TransactionList, transactionPrefixes } from '../../protocol/transaction-list.ts'

/** What every transaction costs, and each byte of its data at least (EIP-2028; since EIP-7623 more). */
const transactionGas = 21_000
const byteGas = 4

/**
 * The transactions of a batch that the engine gets to see: those that a block of that gas limit could pay for, and then
 * one more, cut if it alone is too large. The block is invalid with or without what follows, so a hundred megabytes of
 * nothing never become a payload. The 21 000 gas of a transaction are more than its fields beside the data have bytes.
 */
export function sequencedTransactions(transactions: TransactionList, gasLimit: bigint): Hex[] {
  const limit = Number(gasLimit)
  const bytesMax = Math.floor(limit / byteGas) + 1
  const taken: Hex[] = []
  let gas = 0
  for (const transaction of transactionPrefixes(transactions, bytesMax)) {
    taken.push(transaction)
    gas += Math.max(transactionGas, ((transaction.length - 2) / 2) * byteGas)
    if (gas > limit) break
  }
  return taken
}
