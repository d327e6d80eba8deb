import type { Hash } from 'viem'

/** A block hash that shows its number and fork. */
export function fakeHash(number: bigint | number, fork = 'a'): Hash {
  return `0x${fork.repeat(60)}${number.toString(16).padStart(4, '0')}`
}
