import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecodeError } from './byte-reader.ts'
import { bytesEqual, concatBytes, hexToBytes, uintToBytes } from './bytes.ts'
import { RlpReader, readRlpItem } from './rlp-reader.ts'
import { rlpList, rlpString, rlpUint } from './rlp-writer.ts'
import { bytes, uint256 } from './testing/arbitraries.ts'

const longBytes = fc.oneof(bytes(3), bytes(60), fc.uint8Array({ minLength: 250, maxLength: 300 }))

describe('writer', () => {
  it('writes what the reference implementation writes', () => {
    fc.assert(
      fc.property(fc.array(longBytes, { maxLength: 8 }), (items) =>
        bytesEqual(rlpList(items.map(rlpString)), RLP.encode(items)),
      ),
    )
    fc.assert(fc.property(uint256, (value) => bytesEqual(rlpUint(value), RLP.encode(uintToBytes(value)))))
  })

  it('writes lengths of several bytes', () => {
    const data = new Uint8Array(70_000).fill(7)
    expect(bytesEqual(rlpString(data), RLP.encode(data))).toBe(true)
  })
})

describe('reader', () => {
  it('reads what is written', () => {
    fc.assert(
      fc.property(fc.array(longBytes, { maxLength: 8 }), uint256, (items, value) => {
        const reader = RlpReader.list(rlpList([...items.map(rlpString), rlpList([]), rlpUint(value)]))
        for (const item of items) expect(reader.string()).toEqual(item)
        expect(reader.list().done).toBe(true)
        expect(reader.uint(32)).toBe(value)
        reader.expectEnd()
      }),
    )
  })

  // Yellow paper, appendix B; geth's decoder refuses each of them (ErrCanonSize, io.ErrUnexpectedEOF).
  it.each([
    ['nothing', '0x'],
    ['a prefixed byte below 0x80', '0x8105'],
    ['a long form for 55 bytes', `0xb837${'11'.repeat(55)}`],
    ['a length with a leading zero', `0xb90038${'11'.repeat(56)}`],
    ['a string that ends early', '0x83aabb'],
    ['a list that ends early', '0xc3aabb'],
    ['a length that ends early', '0xb9ff'],
    ['a length of eight bytes', '0xbfffffffffffffffff'],
    ['a long list form for one byte', '0xf80101'],
  ] as const)('refuses %s', (_name, encoded) => {
    expect(() => readRlpItem(hexToBytes(encoded), 0)).toThrow(DecodeError)
  })

  it('does not let an item leave its list', () => {
    const bytesOfTwo = concatBytes([hexToBytes('0xc283'), hexToBytes('0xaabbccdd')])
    expect(() => RlpReader.list(bytesOfTwo).string()).toThrow(DecodeError)
  })

  it.each([
    ['a leading zero', '0xc100'],
    ['too many bytes', '0xca89010000000000000000'],
    ['a list', '0xc1c0'],
  ] as const)('refuses an integer with %s', (_name, encoded) => {
    expect(() => RlpReader.list(hexToBytes(encoded)).uint64()).toThrow(DecodeError)
  })

  it('refuses fields of another length and items left over', () => {
    const reader = RlpReader.list(hexToBytes('0xc482aabb05'))
    expect(() => RlpReader.list(hexToBytes('0xc482aabb05')).hash()).toThrow('expected 32 bytes')
    expect(() => RlpReader.list(hexToBytes('0xc482aabb05')).addressOrNull()).toThrow(
      'expected an address or nothing',
    )
    reader.skip()
    expect(() => reader.boolean()).toThrow('expected 0 or 1')
    expect(() => RlpReader.list(hexToBytes('0xc105')).expectEnd()).toThrow('1 more bytes')
  })
})
