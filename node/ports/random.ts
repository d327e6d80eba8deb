/** Randomness. The only source of it in the node. */
export interface Random {
  /** `length` random bytes; cryptographically strong in the live adapter. */
  bytes(length: number): Uint8Array
}
