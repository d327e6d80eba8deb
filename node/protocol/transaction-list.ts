import type { Hex } from 'viem'

/**
 * The transactions of a batched block as EIP-2718 encodings. What an array also is, and no more: a few kilobytes of
 * batcher data can announce millions of transactions, so those of a decoded batch are made only when they are looked at.
 */
export interface TransactionList extends Iterable<Hex> {
  readonly length: number
}

/** A list that knows more of its transactions than it has to make for it. */
export interface EncodedTransactionList extends TransactionList {
  /** See {@link transactionHeads}. */
  readonly heads: readonly Hex[]
  /** See {@link transactionPrefixes}. */
  prefixes(bytesMax: number): Iterable<Hex>
}

const isEncoded = (list: TransactionList): list is EncodedTransactionList => 'heads' in list

/**
 * What the transactions start with, as far as a batch rule may object to it: their first bytes, `0x` for an empty
 * transaction, in order of appearance. A list that was decoded gives each value once.
 */
export function transactionHeads(list: TransactionList): Iterable<Hex> {
  return isEncoded(list) ? list.heads : transactionPrefixes(list, 1)
}

/** The transactions, of each `bytesMax` bytes at most. */
export function* transactionPrefixes(list: TransactionList, bytesMax: number): Iterable<Hex> {
  if (isEncoded(list)) yield* list.prefixes(bytesMax)
  else for (const transaction of list) yield transaction.slice(0, 2 + 2 * bytesMax) as Hex
}
