import { secp256k1 } from '@noble/curves/secp256k1'
import type { Address, Hash, Hex } from 'viem'
import { hexToBytes } from '../protocol/bytes.ts'
import { gossipSignatureLength } from '../protocol/gossip-message.ts'
import { publicKeyAddress } from '../protocol/public-key-address.ts'

/** Signs a payload's signing hash (RFC 6979, low s); the last byte is the parity, 0 or 1. */
export type SignBlock = (signingHash: Hash, privateKey: Hex) => Uint8Array

export const signBlock: SignBlock = (signingHash, privateKey) => {
  const signature = secp256k1.sign(hexToBytes(signingHash), hexToBytes(privateKey))
  const result = new Uint8Array(gossipSignatureLength)
  result.set(signature.toBytes('compact'))
  result[64] = signature.recovery
  return result
}

/** The address that signed, or null when the signature is no valid one. */
export type RecoverBlockSigner = (signingHash: Hash, signature: Uint8Array) => Address | null

export const recoverBlockSigner: RecoverBlockSigner = (signingHash, signature) => {
  const parity = signature[64]
  if (signature.length !== gossipSignatureLength || parity === undefined || parity > 1) return null
  try {
    const key = secp256k1.Signature.fromBytes(signature.subarray(0, 64), 'compact')
      .addRecoveryBit(parity)
      .recoverPublicKey(hexToBytes(signingHash))
    return publicKeyAddress(key.toBytes(false))
  } catch {
    return null
  }
}
