import { recover } from 'tiny-secp256k1'

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

/**
 * libsecp256k1 as WebAssembly. On `BigInt`s it takes five to seven times as long, and a chain that posts often makes a
 * node that derives do it for every other L1 block.
 */
export const recoverKey: RecoverKey = (digest, { r, s, parity }) => {
  const key = recover(digest, Buffer.from(word(r) + word(s), 'hex'), parity, false)
  if (key === null) throw new Error('expected a signature that some key made, found none')
  return key
}

function word(value: bigint): string {
  const digits = value.toString(16).padStart(64, '0')
  if (digits.length > 64) throw new Error(`expected 32 bytes of a signature, found 0x${digits}`)
  return digits
}
