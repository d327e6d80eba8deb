import type { L1Header, L1Receipt, L1Source, L1Transaction } from '../../ports/l1-source.ts'
import { type BlockId, formatRef, type L1BlockRef } from '../../protocol/refs.ts'

/** An L1 block with all that derivation reads of it. */
export interface L1BlockData {
  readonly header: L1Header
  readonly transactions: readonly L1Transaction[]
  readonly receipts: readonly L1Receipt[]
}

export type NextL1Block =
  | { readonly kind: 'block'; readonly block: L1BlockData }
  /** L1 has no such block yet. */
  | { readonly kind: 'none' }
  /** The block that we are at is no longer canonical. */
  | { readonly kind: 'reorg'; readonly found: L1BlockRef }

/**
 * The L1 block after `origin`. When L1 has none, it is asked whether `origin` itself is still canonical: a reorg to a
 * shorter chain would otherwise go unnoticed until that chain has grown.
 * Source: specs/protocol/derivation.md, "L1 Traversal".
 * @throws Error (temporary) when L1 cannot be asked, or serves a header without its body.
 */
export async function nextL1Block(
  l1: L1Source,
  origin: L1BlockRef,
  signal: AbortSignal,
): Promise<NextL1Block> {
  const header = await l1.headerByNumber(origin.number + 1n, signal)
  if (header === null) {
    const same = await l1.headerByNumber(origin.number, signal)
    return same === null || same.hash === origin.hash ? { kind: 'none' } : { kind: 'reorg', found: same }
  }
  if (header.parentHash !== origin.hash) return { kind: 'reorg', found: header }
  const [transactions, receipts] = await Promise.all([
    l1Transactions(l1, header, signal),
    l1.receiptsByHash(header.hash, signal),
  ])
  if (receipts === null) throw missing('receipts', header)
  return { kind: 'block', block: { header, transactions, receipts } }
}

/** @throws Error (temporary) when L1 cannot be asked or no longer has the block. */
export async function l1Transactions(
  l1: L1Source,
  block: BlockId,
  signal: AbortSignal,
): Promise<readonly L1Transaction[]> {
  const transactions = await l1.transactionsByHash(block.hash, signal)
  if (transactions === null) throw missing('transactions', block)
  return transactions
}

function missing(what: string, block: BlockId): Error {
  return new Error(`expected L1 to have the ${what} of block ${formatRef(block)}, found none; did L1 reorg?`)
}

/** The reference without the header's other fields. */
export function toL1BlockRef({ hash, number, parentHash, timestamp }: L1BlockRef): L1BlockRef {
  return { hash, number, parentHash, timestamp }
}
