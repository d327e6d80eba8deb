import { keccak_256 } from '@noble/hashes/sha3'
import type { Hash } from 'viem'
import { bytesToHex } from './bytes.ts'

export function keccak256(bytes: Uint8Array): Hash {
  return bytesToHex(keccak_256(bytes))
}
