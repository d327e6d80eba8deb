import type { Hex } from 'viem'

/**
 * Bytes of a `0x` string. `Buffer` does the work because hashing and decoding payloads is on the hot path.
 * @throws Error when the string is not an even number of hex digits after `0x`.
 */
export function hexToBytes(hex: Hex): Uint8Array {
  const decoded = Buffer.from(hex.slice(2), 'hex')
  // Buffer stops silently at the first character that is not a hex digit.
  if (decoded.length * 2 + 2 !== hex.length || !hex.startsWith('0x'))
    throw new Error(
      `expected 0x and an even number of hex digits, found ${hex.length} characters: ${hex.slice(0, 20)}`,
    )
  return new Uint8Array(decoded.buffer, decoded.byteOffset, decoded.length)
}

/** The `0x` string (lower case) of `bytes[start, end)`. */
export function bytesToHex(bytes: Uint8Array, start = 0, end = bytes.length): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex', start, end)}`
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const result = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    result.set(part, offset)
    offset += part.length
  }
  return result
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}

/**
 * Big-endian bytes of a non-negative integer: `length` of them, or as few as it needs (none for zero).
 * @throws RangeError when the value does not fit.
 */
export function uintToBytes(value: bigint, length?: number): Uint8Array {
  if (value < 0n) throw new RangeError(`expected a non-negative integer, found ${value}`)
  const digits = value === 0n ? '' : value.toString(16)
  const size = length ?? (digits.length + 1) >> 1
  if (digits.length > size * 2)
    throw new RangeError(`expected an integer of at most ${size} bytes, found ${value}`)
  return new Uint8Array(Buffer.from(digits.padStart(size * 2, '0'), 'hex'))
}

/** The non-negative integer with these big-endian bytes; zero when there are none. */
export function bytesToUint(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(bytesToHex(bytes))
}
