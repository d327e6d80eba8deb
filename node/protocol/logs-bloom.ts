import type { Hex } from 'viem'
import { hexToBytes } from './bytes.ts'
import { keccak256Bytes } from './keccak.ts'

const bloomBytes = 256

/**
 * The three bits of a bloom that stand for an address or a topic, as places from the lowest bit of its last byte.
 * Source: Ethereum yellow paper, 4.3.1, M3:2048.
 */
export function bloomBits(item: Hex): readonly number[] {
  const hash = keccak256Bytes(hexToBytes(item))
  return [0, 2, 4].map((at) => ((hash[at]! << 8) | hash[at + 1]!) & 0x7ff)
}

/** False when no log with this address or topic went into the bloom; true when one may have. */
export function mayHold(bloom: Uint8Array, bits: readonly number[]): boolean {
  return bits.every((bit) => ((bloom[bloomBytes - 1 - (bit >> 3)]! >> (bit & 7)) & 1) === 1)
}

/** A bloom with the bits of all of these. */
export function bloomOf(items: Iterable<Hex>): Uint8Array {
  const bloom = new Uint8Array(bloomBytes)
  for (const item of items)
    for (const bit of bloomBits(item)) bloom[bloomBytes - 1 - (bit >> 3)]! |= 1 << (bit & 7)
  return bloom
}
