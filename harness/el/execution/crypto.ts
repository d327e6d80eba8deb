import type { CustomCrypto } from '@ethereumjs/common'
import { keccak256Bytes } from '../../../node/protocol/keccak.ts'
import { verifyKzgProof } from './kzg.ts'

/** The primitives that EthereumJS takes from outside. Of a KZG library it needs the point evaluation only. */
export function createCustomCrypto(): CustomCrypto {
  return {
    keccak256: keccak256Bytes,
    kzg: { verifyProof: verifyKzgProof } as NonNullable<CustomCrypto['kzg']>,
  }
}
