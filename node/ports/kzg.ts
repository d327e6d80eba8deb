/**
 * KZG commitments and proofs of blobs. Source: EIP-4844. Live they are made beside the node; the synchronous form
 * computes within the caller's turn, so that it takes no time that the Clock does not know.
 */
export interface Kzg {
  /**
   * The 48 bytes that commit to the blob; null when the bytes are no blob because of their length or because a field
   * element is not below the modulus.
   * @throws Error when whoever computes ended.
   */
  commitment(blob: Uint8Array): Promise<Uint8Array | null>
  /**
   * The 48 bytes that prove to whoever knows only the commitment that it is the blob's; null when the bytes are no blob.
   * @throws Error as above.
   */
  proof(blob: Uint8Array, commitment: Uint8Array): Promise<Uint8Array | null>
}
