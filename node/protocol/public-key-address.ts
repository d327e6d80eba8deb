import { keccak_256 } from '@noble/hashes/sha3'
import type { Address } from 'viem'
import { bytesToHex } from './bytes.ts'

/** The address of an uncompressed secp256k1 public key (65 bytes): the last 20 bytes of the hash of its coordinates. */
export function publicKeyAddress(uncompressedKey: Uint8Array): Address {
  return bytesToHex(keccak_256(uncompressedKey.subarray(1)), 12)
}
