import { concatBytes, uintToBytes } from './bytes.ts'

/** RLP of a byte string. */
export function rlpString(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 1 && bytes[0]! < 0x80) return bytes
  return concatBytes([header(0x80, bytes.length), bytes])
}

/** RLP of a non-negative integer. */
export function rlpUint(value: bigint): Uint8Array {
  return rlpString(uintToBytes(value))
}

/** RLP of the list of these items, each of which is encoded already. */
export function rlpList(items: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const item of items) length += item.length
  return concatBytes([header(0xc0, length), ...items])
}

function header(base: number, length: number): Uint8Array {
  if (length < 56) return Uint8Array.of(base + length)
  const lengthBytes = uintToBytes(BigInt(length))
  return concatBytes([Uint8Array.of(base + 55 + lengthBytes.length), lengthBytes])
}
