import type { Hash } from 'viem'
import type { L1BlockRef } from '../protocol/refs.ts'

/** A blob that an L1 block refers to. */
export interface BlobId {
  /** EIP-4844: `0x01` and the last 31 bytes of the SHA-256 of the blob's KZG commitment. */
  readonly versionedHash: Hash
  /** Place among all blobs of the block, whoever sent them. */
  readonly index: number
}

/** The beacon answers, but not with all blobs that were asked for: it lags, forgot them, or holds another fork. */
export class BlobsNotFoundError extends Error {
  override readonly name = 'BlobsNotFoundError'
}

/** The blobs of the node's own L1, which live beside its execution chain. */
export interface Beacon {
  /**
   * Asks for what turns a time into a slot.
   * @throws Error (temporary) when the beacon cannot be asked or answers nonsense.
   */
  check(signal: AbortSignal): Promise<void>
  /**
   * The 131072 bytes of each blob, in the order of `wanted`. Each one is what its versioned hash commits to.
   * @throws BlobsNotFoundError
   * @throws Error (temporary) when the beacon cannot be asked or answers nonsense.
   */
  blobs(block: L1BlockRef, wanted: readonly BlobId[], signal: AbortSignal): Promise<readonly Uint8Array[]>
}
