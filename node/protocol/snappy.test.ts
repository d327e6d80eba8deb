import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecodeError } from './byte-reader.ts'
import { bytesEqual, hexToBytes } from './bytes.ts'
import { snappyCompress, snappyDecompress } from './snappy.ts'

const max = 10_000_000
const decompress = (hex: `0x${string}`) => snappyDecompress(hexToBytes(hex), max)

describe('snappy', () => {
  it('decompresses what is compressed', () => {
    // Repeats make copies of every kind.
    const data = fc
      .tuple(fc.uint8Array({ maxLength: 300 }), fc.nat(70), fc.uint8Array({ maxLength: 300 }))
      .map(([head, repeats, tail]) =>
        Uint8Array.from([
          ...Array(repeats)
            .fill([...head])
            .flat(),
          ...tail,
          ...head,
        ]),
      )
    fc.assert(
      fc.property(data, (value) => bytesEqual(snappyDecompress(snappyCompress(value), max), value)),
      { numRuns: 60 },
    )
  })

  // google/snappy, format_description.txt.
  it.each([
    ['nothing', '0x00', '0x'],
    ['a literal', '0x0308aabbcc', '0xaabbcc'],
    ['a literal with its length in one byte', `0x3df03c${'ab'.repeat(61)}`, `0x${'ab'.repeat(61)}`],
    ['a literal with its length in two bytes', `0x02f40100aabb`, '0xaabb'],
    ['a copy with one byte of offset', '0x0600aa05' + '01', '0xaaaaaaaaaaaa'],
    ['a copy with two bytes of offset', '0x0604aabb0e0200', '0xaabbaabbaabb'],
    ['a copy with four bytes of offset', '0x0604aabb0f02000000', '0xaabbaabbaabb'],
  ] as const)('reads %s', (_name, compressed, expected) => {
    expect(decompress(compressed as `0x${string}`)).toEqual(hexToBytes(expected as `0x${string}`))
  })

  it.each([
    ['no length', '0x'],
    ['a length that does not end', '0xffff'],
    ['less than the declared length', '0x0408aabbcc'],
    ['more than the declared length', '0x0208aabbcc'],
    ['a literal that ends early', '0x0308aabb'],
    ['a literal length that ends early', '0x03f4'],
    ['a literal with a length that wraps to a negative number', '0x05fcfaffffff'],
    ['a copy from offset 0', '0x0500aa0100'],
    ['a copy from before the start', '0x0500aa0102'],
    ['a copy without its offset', '0x0500aa02ff'],
    ['a copy beyond the declared length', '0x0300aa0501'],
    ['the 7-byte bomb', '0xffffffff0f0041'],
  ] as const)('refuses %s', (_name, compressed) => {
    expect(() => decompress(compressed)).toThrow(DecodeError)
  })

  it('refuses a declared length above the limit before allocating it', () => {
    expect(() => snappyDecompress(hexToBytes('0x05080000'), 4)).toThrow(
      'at most 4 decompressed bytes, found 5',
    )
  })

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (data) => {
        try {
          expect(snappyDecompress(data, 1000).length).toBeLessThanOrEqual(1000)
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }),
    )
  })
})
