import type { Hex } from 'viem'

/** In characters: hashes, addresses, quantities. Up to here a loop takes half the time of `Buffer`, and they are most. */
const shortHexMax = 2 + 2 * 64

const digits = new Int8Array(128).fill(-1)
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  digits[digit.charCodeAt(0)] = value
  digits[digit.toUpperCase().charCodeAt(0)] = value
}

/**
 * Bytes of a `0x` string. Hashing and decoding payloads is on the hot path: short ones are read here, others by `Buffer`.
 * @throws Error when the string is not an even number of hex digits after `0x`.
 */
export function hexToBytes(hex: Hex): Uint8Array {
  const bytes = hex.length <= shortHexMax ? shortHexToBytes(hex) : longHexToBytes(hex)
  if (bytes === null || !hex.startsWith('0x'))
    throw new Error(
      `expected 0x and an even number of hex digits, found ${hex.length} characters: ${hex.slice(0, 20)}`,
    )
  return bytes
}

function shortHexToBytes(hex: string): Uint8Array | null {
  if (hex.length < 2 || hex.length % 2 !== 0) return null
  const bytes = new Uint8Array((hex.length - 2) / 2)
  for (let index = 0, at = 2; at < hex.length; index++, at += 2) {
    const high = digits[hex.charCodeAt(at)] ?? -1
    const low = digits[hex.charCodeAt(at + 1)] ?? -1
    if (high < 0 || low < 0) return null
    bytes[index] = high * 16 + low
  }
  return bytes
}

function longHexToBytes(hex: string): Uint8Array | null {
  const decoded = Buffer.from(hex.slice(2), 'hex')
  // Buffer stops silently at the first character that is not a hex digit.
  if (decoded.length * 2 + 2 !== hex.length) return null
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
  const hex = value === 0n ? '' : value.toString(16)
  const size = length ?? (hex.length + 1) >> 1
  if (hex.length > size * 2)
    throw new RangeError(`expected an integer of at most ${size} bytes, found ${value}`)
  return hexToBytes(`0x${hex.padStart(size * 2, '0')}`)
}

/** The non-negative integer with these big-endian bytes; zero when there are none. */
export function bytesToUint(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(bytesToHex(bytes))
}
