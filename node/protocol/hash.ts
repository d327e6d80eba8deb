import type { Hash } from 'viem'
import { bytesToHex } from './bytes.ts'
import { keccak256Bytes } from './keccak.ts'

export function keccak256(bytes: Uint8Array): Hash {
  return bytesToHex(keccak256Bytes(bytes))
}
