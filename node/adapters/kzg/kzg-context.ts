import { DasContextJs } from '@crate-crypto/node-eth-kzg'

/** Computes for a blob; null when the bytes are no blob. */
export interface KzgContext {
  commitment(blob: Uint8Array): Uint8Array | null
  proof(blob: Uint8Array, commitment: Uint8Array): Uint8Array | null
}

/**
 * Reads the trusted setup, for more than a second. Tables that make proofs of cells faster would take longer still.
 */
export function createKzgContext(): KzgContext {
  const context = DasContextJs.create({ usePrecomp: false })
  const orNull = (compute: () => Uint8Array) => {
    try {
      return compute()
    } catch {
      return null
    }
  }
  return {
    commitment: (blob) => orNull(() => context.blobToKzgCommitment(blob)),
    proof: (blob, commitment) => orNull(() => context.computeBlobKzgProof(blob, commitment)),
  }
}
