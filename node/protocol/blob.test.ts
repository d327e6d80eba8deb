import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blobDataLengthMax, blobLength, decodeBlob, encodeBlob } from './blob.ts'
import { DecodeError } from './byte-reader.ts'
import { bytesEqual } from './bytes.ts'

const pattern = (length: number) =>
  Uint8Array.from({ length }, (_, index) => (index * 167 + (index >> 8)) & 0xff)

describe('blob encoding', () => {
  it.each([
    0,
    1,
    26,
    27,
    28,
    58,
    59,
    60,
    91,
    122,
    123,
    124,
    249,
    250,
    251,
    100_000,
    blobDataLengthMax - 1,
    blobDataLengthMax,
  ])('decodes %i bytes as they were encoded', (length) => {
    const data = pattern(length)
    const blob = encodeBlob(data)
    expect(blob).toHaveLength(blobLength)
    expect(bytesEqual(decodeBlob(blob), data)).toBe(true)
  })

  it('keeps all data and leaves the two highest bits of each field element clear', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (data) => {
        const blob = encodeBlob(data)
        expect(bytesEqual(decodeBlob(blob), data)).toBe(true)
        for (let element = 0; element < 40 * 32; element += 32) expect(blob[element]! & 0xc0).toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  // ecotone/derivation.md, "Blob Encoding": the second bytes of a round are spread over its four first bytes.
  it('has the layout of the specification', () => {
    const data = new Uint8Array(123)
    data.set([0b11_100101], 27)
    data.set([0b1010_0110], 59)
    data.set([0b01_010101], 91)
    const blob = encodeBlob(data)
    expect(Array.from(blob.subarray(0, 5))).toEqual([0b100101, 0, 0, 0, 123])
    expect([blob[32], blob[64], blob[96]]).toEqual([0b11_0110, 0b010101, 0b01_1010])
  })

  const blob = encodeBlob(pattern(200))
  it.each([
    ['another length', blob.subarray(1)],
    ['version 1', blob.with(1, 1)],
    ['a length above the maximum', blob.with(2, 0xff)],
    ['a set high bit', blob.with(32, 0x80)],
    ['a set second bit', blob.with(96, blob[96]! | 0x40)],
    ['data after the end in the last round', blob.with(4, 100)],
    ['data after the last round', blob.with(5000, 1)],
  ])('refuses %s', (_name, bad) => {
    expect(() => decodeBlob(bad)).toThrow(DecodeError)
  })

  it('refuses data that does not fit', () => {
    expect(() => encodeBlob(new Uint8Array(blobDataLengthMax + 1))).toThrow(DecodeError)
  })
})
