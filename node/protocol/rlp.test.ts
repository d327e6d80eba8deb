import { type Input, RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecodeError } from './byte-reader.ts'
import { bytesEqual, bytesToHex, concatBytes, hexToBytes, uintToBytes } from './bytes.ts'
import { RlpReader, readRlpItem } from './rlp-reader.ts'
import { type RlpValue, rlpDigits, rlpList, rlpString, rlpUint } from './rlp-writer.ts'
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

  it('writes nested values as hex digits like the reference implementation', () => {
    const leaf = fc.oneof(
      longBytes.map((item) => bytesToHex(item)),
      uint256,
      fc.integer({ min: 0, max: 300 }).map(BigInt),
    )
    const { tree } = fc.letrec<{ tree: RlpValue }>((tie) => ({
      tree: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('tree'), { maxLength: 6 })),
    }))
    const reference = (value: RlpValue): Input =>
      typeof value === 'object'
        ? value.map(reference)
        : typeof value === 'bigint'
          ? uintToBytes(value)
          : hexToBytes(value)
    fc.assert(
      fc.property(tree, (value) => {
        expect(`0x${rlpDigits(value)}`).toBe(bytesToHex(RLP.encode(reference(value))))
      }),
    )
  })

  it.each([0, 1, 55, 56, 255, 256, 70_000])(
    'writes %i bytes and lists around them as hex digits',
    (length) => {
      const value = bytesToHex(new Uint8Array(length).fill(0x80))
      expect(`0x${rlpDigits([value, 0n])}`).toBe(
        bytesToHex(RLP.encode([hexToBytes(value), new Uint8Array()])),
      )
    },
  )

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
