import { RLP } from '@ethereumjs/rlp'
import type { Hash, Hex } from 'viem'
import { versionedHash } from '../../node/protocol/blob.ts'
import { bytesToHex, concatBytes, hexToBytes } from '../../node/protocol/bytes.ts'

/** A blob with what came to prove it. */
export interface PooledBlob {
  readonly blob: Uint8Array
  readonly commitment: Uint8Array
  readonly proof: Uint8Array
}

/**
 * The blobs that transactions brought. anvil could keep them, but then it makes the transactions root of a block over
 * transactions with their blobs, which no node can accept; and it stands still for seconds at the first one.
 */
export interface BlobPool {
  /**
   * Keeps the blobs of a transaction and returns it as blocks hold it; one of another type as it is.
   * @throws Error when the blobs are missing, or are not those that the transaction names.
   */
  take(raw: Hex): Hex
  /** Undefined for a blob that never came, or was forgotten: the newest ones are kept. */
  get(hash: Hash): PooledBlob | undefined
}

const blobTransactionType = 3
/** Where EIP-4844 has `blob_versioned_hashes` among the fields of a transaction. */
const hashesField = 10
/** 64 MiB, or 85 blocks full of blobs. */
const defaultBlobsMax = 512

export function createBlobPool(blobsMax = defaultBlobsMax): BlobPool {
  const blobs = new Map<Hash, PooledBlob>()

  return {
    /**
     * Source: EIP-4844, "Networking": `0x03 || rlp([transaction, blobs, commitments, proofs])`. The proofs are not looked
     * at: whoever reads a blob computes its commitment.
     */
    take(raw) {
      if (!raw.startsWith('0x03')) return raw
      const bytes = hexToBytes(raw)
      const [transaction, ...lists] = RLP.decode(bytes.subarray(1)) as unknown as Uint8Array[][]
      const [blobsOf, commitments, proofs] = lists
      if (
        !Array.isArray(transaction) ||
        blobsOf === undefined ||
        commitments === undefined ||
        proofs === undefined
      )
        throw new Error('expected a blob transaction with its blobs, commitments and proofs, found none')
      const named = (transaction[hashesField] as unknown as Uint8Array[]).map((hash) => bytesToHex(hash))
      const brought = commitments.map(versionedHash)
      if (
        named.join() !== brought.join() ||
        blobsOf.length !== named.length ||
        proofs.length !== named.length
      )
        throw new Error(`expected the blobs ${named.join(', ')}, found ${brought.join(', ')}`)
      for (const [at, hash] of named.entries())
        blobs.set(hash, { blob: blobsOf[at]!, commitment: commitments[at]!, proof: proofs[at]! })
      for (const hash of blobs.keys()) if (blobs.size > blobsMax) blobs.delete(hash)
      return bytesToHex(concatBytes([Uint8Array.of(blobTransactionType), RLP.encode(transaction)]))
    },
    get: (hash) => blobs.get(hash),
  }
}
