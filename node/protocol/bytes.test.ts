import fc from 'fast-check'
import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { bytesEqual, bytesToHex, bytesToUint, concatBytes, hexToBytes, uintToBytes } from './bytes.ts'
import { bytes } from './testing/arbitraries.ts'

describe('hex', () => {
  it('keeps all bytes', () => {
    fc.assert(fc.property(bytes(), (value) => bytesEqual(hexToBytes(bytesToHex(value)), value)))
  })

  it('shows a part of the bytes, also of a view', () => {
    const view = Uint8Array.of(9, 1, 2, 3, 4).subarray(1)
    expect(bytesToHex(view, 1, 3)).toBe('0x0203')
    expect(bytesToHex(view)).toBe('0x01020304')
  })

  it.each([63, 64, 65, 66])('keeps %d bytes, in either case', (length) => {
    const value = Uint8Array.from({ length }, (_, index) => (index * 37 + 171) % 256)
    const hex = bytesToHex(value)
    expect(hexToBytes(hex)).toEqual(value)
    expect(hexToBytes(`0x${hex.slice(2).toUpperCase()}`)).toEqual(value)
  })

  const long = '12'.repeat(100)
  it.each([
    ...['0x1', '0xzz', '0x12zz', '1234', '0x12 4', '', '0', '0X12', '0x1\u00e9', '0x1\u0131'],
    ...[`0x${long}1`, `0x${long}zz`, `12${long}`],
  ])('refuses %j', (value) => {
    expect(() => hexToBytes(value as Hex)).toThrow(/even number of hex digits/)
  })
})

describe('integers', () => {
  it('keeps all integers in as few bytes as they need', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 300n }), (value) => {
        const encoded = uintToBytes(value)
        expect(bytesToUint(encoded)).toBe(value)
        expect(encoded[0]).not.toBe(0)
      }),
    )
  })

  it('pads to a length and refuses what does not fit', () => {
    expect(uintToBytes(258n, 4)).toEqual(Uint8Array.of(0, 0, 1, 2))
    expect(() => uintToBytes(65_536n, 2)).toThrow(RangeError)
    expect(() => uintToBytes(-1n)).toThrow(RangeError)
  })
})

describe('concatBytes', () => {
  it('joins in order', () => {
    expect(concatBytes([Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3)])).toEqual(
      Uint8Array.of(1, 2, 3),
    )
  })
})
