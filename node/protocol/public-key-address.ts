import type { Address } from 'viem'
import { bytesToHex } from './bytes.ts'
import { keccak256Bytes } from './keccak.ts'

/** The address of an uncompressed secp256k1 public key (65 bytes): the last 20 bytes of the hash of its coordinates. */
export function publicKeyAddress(uncompressedKey: Uint8Array): Address {
  return bytesToHex(keccak256Bytes(uncompressedKey.subarray(1)), 12)
}
