import type { Address } from 'viem'
import type { BlobId } from '../../ports/beacon.ts'
import type { L1Transaction } from '../../ports/l1-source.ts'
import { hexToBytes } from '../../protocol/bytes.ts'

/** One payload of the batcher, or the blob that holds it. */
export type BatcherData =
  | { readonly kind: 'calldata'; readonly payload: Uint8Array }
  | { readonly kind: 'blob'; readonly blob: BlobId }

export interface BatcherDataOptions {
  readonly inbox: Address
  readonly batcher: Address
  /** Ecotone at the L1 block's time: blob transactions then bring their blobs instead of their calldata. */
  readonly blobs: boolean
}

const blobTransactionType = 3
/** 0x7e lets a chain on top of an OP Stack chain force-include batches. */
const batcherTransactionTypes: readonly number[] = [0, 1, 2, blobTransactionType, 0x7e]

/**
 * What the batcher put into the transactions of one L1 block, in their order. The index of a blob counts the blobs of
 * all transactions of the block.
 * Sources: specs/protocol/derivation.md, "L1 Retrieval"; specs/protocol/ecotone/derivation.md, "Blob Retrieval".
 */
export function batcherData(
  transactions: readonly L1Transaction[],
  options: BatcherDataOptions,
): readonly BatcherData[] {
  const data: BatcherData[] = []
  let firstIndex = 0
  for (const transaction of transactions) {
    const hashes = transaction.blobVersionedHashes ?? []
    if (isFromBatcher(transaction, options)) {
      if (transaction.type !== blobTransactionType || !options.blobs)
        data.push({ kind: 'calldata', payload: hexToBytes(transaction.input) })
      else
        for (const [offset, versionedHash] of hashes.entries())
          data.push({ kind: 'blob', blob: { versionedHash, index: firstIndex + offset } })
    }
    firstIndex += hashes.length
  }
  return data
}

/** The sender is looked at last: reading it may cost a signature recovery. */
function isFromBatcher(transaction: L1Transaction, { inbox, batcher }: BatcherDataOptions): boolean {
  return (
    transaction.to !== null &&
    sameAddress(transaction.to, inbox) &&
    batcherTransactionTypes.includes(transaction.type) &&
    sameAddress(transaction.from, batcher)
  )
}

function sameAddress(a: Address, b: Address): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
