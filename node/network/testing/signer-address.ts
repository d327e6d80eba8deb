import { secp256k1 } from '@noble/curves/secp256k1'
import type { Address, Hex } from 'viem'
import { hexToBytes } from '../../protocol/bytes.ts'
import { publicKeyAddress } from '../../protocol/public-key-address.ts'

/** The address of a private key. */
export function signerAddress(privateKey: Hex): Address {
  return publicKeyAddress(secp256k1.getPublicKey(hexToBytes(privateKey), false))
}
