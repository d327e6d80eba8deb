import type { Hash } from 'viem'
import type { L1Header, L1Receipt, L1Source, L1Transaction } from '../ports/l1-source.ts'

export interface ReadAheadOptions {
  /** What is read ahead is asked here: the same L1, by calls that may wait. */
  readonly ahead: L1Source
  /** Blocks that are fetched, or being fetched, beyond the one that was asked for last; 0 turns reading ahead off. */
  readonly blocksAhead: number
  /** The number of L1's finalized block as last seen; nothing above it is read ahead. */
  readonly finalizedNumber: () => bigint
}

/** Requests for one block that are under way at once: its transactions and its receipts, once its header is known. */
export const requestsPerBlock = 2

/** A block on its way. A part that L1 could not give is null: whoever wants it asks L1 itself. */
interface BlockAhead {
  readonly number: bigint
  readonly header: Promise<L1Header | null>
  readonly transactions: Promise<readonly L1Transaction[] | null>
  readonly receipts: Promise<readonly L1Receipt[] | null>
}

/**
 * An L1 that has the next blocks under way while derivation works on one, because a chain's history is otherwise read
 * one round trip after the other.
 *
 * No answer is older than a reorg: only finalized blocks are read ahead, and only while the caller reads one number after
 * the other. Each is handed out once, and only as the child of the one before; whatever does not fit is asked again.
 */
export function withReadAhead(
  l1: L1Source,
  { ahead: later, blocksAhead, finalizedNumber }: ReadAheadOptions,
): L1Source {
  if (blocksAhead === 0) return l1
  let queue: BlockAhead[] = []
  /** The block that was handed out last, and where it came from. */
  let last: { readonly header: L1Header; readonly ahead: BlockAhead | null } | null = null
  let underWay = 0

  function fetchAhead(number: bigint, signal?: AbortSignal): BlockAhead {
    const header = orNull(() => later.headerByNumber(number, signal))
    const then = <T>(read: (hash: Hash) => Promise<T | null>) =>
      header.then((found) => (found === null ? null : orNull(() => read(found.hash))))
    const transactions = then((hash) => later.transactionsByHash(hash, signal))
    const receipts = then((hash) => later.receiptsByHash(hash, signal))
    underWay += 1
    void Promise.all([transactions, receipts]).then(() => {
      underWay -= 1
    })
    return { number, header, transactions, receipts }
  }

  /** Blocks of a window that was given up count until they are there, so that they add to no other. */
  function fill(after: bigint, signal?: AbortSignal): void {
    let next = (queue.at(-1)?.number ?? after) + 1n
    for (; queue.length < blocksAhead && underWay < blocksAhead && next <= finalizedNumber(); next++)
      queue.push(fetchAhead(next, signal))
  }

  async function headerByNumber(number: bigint, signal?: AbortSignal): Promise<L1Header | null> {
    const before = last?.header
    const inOrder = before !== undefined && number === before.number + 1n
    if (!inOrder) queue = []
    const ahead = queue.shift() ?? null
    let header = ahead === null ? null : await ahead.header
    const fits = header !== null && header.parentHash === before?.hash
    if (!fits) header = await l1.headerByNumber(number, signal)
    if (header === null) return null
    last = { header, ahead: fits ? ahead : null }
    if (inOrder) fill(number, signal)
    return header
  }

  /** What came with the header that was handed out last. */
  const ofLast = (hash: Hash): BlockAhead | null => (last?.header.hash === hash ? last.ahead : null)

  return {
    chainId: (signal) => l1.chainId(signal),
    headerByLabel: (label, signal) => l1.headerByLabel(label, signal),
    headerByNumber,
    headerByHash: (hash, signal) => l1.headerByHash(hash, signal),
    transactionsByHash: async (hash, signal) =>
      (await ofLast(hash)?.transactions) ?? l1.transactionsByHash(hash, signal),
    receiptsByHash: async (hash, signal) => (await ofLast(hash)?.receipts) ?? l1.receiptsByHash(hash, signal),
    storageAt: (address, slot, blockHash, signal) => l1.storageAt(address, slot, blockHash, signal),
  }
}

async function orNull<T>(read: () => Promise<T | null>): Promise<T | null> {
  try {
    return await read()
  } catch {
    return null
  }
}
