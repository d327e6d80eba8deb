import { sha256 } from '@noble/hashes/sha2'
import type { Hash } from 'viem'
import { versionedHash } from '../../protocol/blob.ts'
import { type Beacon, type BlobId, BlobsNotFoundError } from '../beacon.ts'

/** A beacon in memory, for tests. A blob's name is made from a hash where a real one has a KZG commitment. */
export interface FakeBeacon extends Beacon {
  /** Keeps the blob and returns its versioned hash. */
  add(blob: Uint8Array): Hash
  forget(hash: Hash): void
  /** While set, every call rejects with it. */
  failure: Error | null
  /** What was asked for, call by call. */
  readonly asked: readonly (readonly BlobId[])[]
}

export function createFakeBeacon(): FakeBeacon {
  const blobs = new Map<Hash, Uint8Array>()
  const asked: (readonly BlobId[])[] = []
  const fake: FakeBeacon = {
    failure: null,
    asked,
    add(blob) {
      const hash = versionedHash(sha256(blob))
      blobs.set(hash, blob)
      return hash
    },
    forget: (hash) => void blobs.delete(hash),
    async check() {
      if (fake.failure !== null) throw fake.failure
    },
    async blobs(_block, wanted) {
      asked.push(wanted)
      if (fake.failure !== null) throw fake.failure
      return wanted.map(({ versionedHash: hash }) => {
        const blob = blobs.get(hash)
        if (blob === undefined) throw new BlobsNotFoundError(`no blob ${hash}`)
        return blob
      })
    },
  }
  return fake
}
