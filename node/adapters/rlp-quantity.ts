import { type Hex, toHex } from 'viem'

/** A number as RLP has it: big endian without leading zeros; zero is the empty string. */
export function rlpQuantity(value: bigint | number): Hex {
  if (BigInt(value) === 0n) return '0x'
  const hex = toHex(value)
  return hex.length % 2 === 0 ? hex : `0x0${hex.slice(2)}`
}
