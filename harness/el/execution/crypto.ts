import type { CustomCrypto } from '@ethereumjs/common'
import { keccak_256 } from '@noble/hashes/sha3'
import { verifyKzgProof } from './kzg.ts'

/** The primitives that EthereumJS takes from outside. Of a KZG library it needs the point evaluation only. */
export function createCustomCrypto(): CustomCrypto {
  return { keccak256: keccak_256, kzg: { verifyProof: verifyKzgProof } as NonNullable<CustomCrypto['kzg']> }
}
