import type { Hex } from 'viem'
import { bytesToHex } from './bytes.ts'
import { type RlpItem, RlpReader } from './rlp-reader.ts'
import type { Steps } from './steps.ts'
import type { EncodedTransactionList, TransactionList } from './transaction-list.ts'

const transactionsPerStep = 16_384
const noTransactions: readonly Hex[] = []

/**
 * The transactions of a singular batch, from the RLP list whose contents are `bytes[start, end)`. All are looked at, and
 * none is kept.
 * @throws DecodeError when one is malformed or no string.
 */
export function* readSingularTransactions(
  bytes: Uint8Array,
  { start, end }: RlpItem,
): Steps<TransactionList> {
  const heads: Hex[] = []
  const seen = new Set<number | undefined>()
  let length = 0
  for (const reader = new RlpReader(bytes, start, end); !reader.done; ) {
    const transaction = reader.string()
    if (!seen.has(transaction[0])) {
      seen.add(transaction[0])
      heads.push(bytesToHex(transaction.subarray(0, 1)))
    }
    length += 1
    if (length % transactionsPerStep === 0) yield
  }
  function* prefixes(bytesMax: number): Iterable<Hex> {
    for (const reader = new RlpReader(bytes, start, end); !reader.done; )
      yield bytesToHex(reader.string().subarray(0, bytesMax))
  }
  if (length === 0) return noTransactions
  const list: EncodedTransactionList = {
    length,
    heads,
    prefixes,
    [Symbol.iterator]: () => prefixes(Number.POSITIVE_INFINITY)[Symbol.iterator](),
  }
  return list
}
