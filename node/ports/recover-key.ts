/** An ECDSA signature and which of its two possible keys made it. */
export interface RecoverableSignature {
  readonly r: bigint
  readonly s: bigint
  readonly parity: 0 | 1
}

/**
 * The uncompressed key (65 bytes) that signed a hash of 32 bytes.
 * @throws Error when there is none: `r` or `s` out of range, or no point of the curve.
 */
export type RecoverKey = (digest: Uint8Array, signature: RecoverableSignature) => Uint8Array
