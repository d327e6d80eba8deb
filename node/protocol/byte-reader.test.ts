import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteReader, DecodeError } from './byte-reader.ts'
import { hexToBytes } from './bytes.ts'
import { uint64 } from './testing/arbitraries.ts'
import { encodeUvarint } from './uvarint.ts'

describe('ByteReader', () => {
  it('reads big-endian integers and moves on', () => {
    const reader = new ByteReader(hexToBytes('0x01020304050607ffffffffffffffff'))
    expect([reader.uint8(), reader.uint16(), reader.uint32(), reader.uint64()]).toEqual([
      1,
      0x0203,
      0x04050607,
      0xffff_ffff_ffff_ffffn,
    ])
    expect(reader.remaining).toBe(0)
  })

  it('never reads past the end', () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3))
    expect(() => reader.uint32()).toThrow(DecodeError)
    expect(reader.offset).toBe(0)
    reader.take(3)
    for (const read of [() => reader.uint8(), () => reader.peek(), () => reader.uvarint()])
      expect(read).toThrow(DecodeError)
  })
})

describe('uvarint', () => {
  it('reads what is written', () => {
    fc.assert(fc.property(uint64, (value) => new ByteReader(encodeUvarint(value)).uvarint() === value))
  })

  // Go's binary.ReadUvarint, which op-node uses: at most ten bytes, the last at most 1.
  it.each([
    ['zero', '0x00', 0n],
    ['two bytes', '0x8001', 128n],
    ['more bytes than needed', '0x80808000', 0n],
    ['2^56 - 1', '0xffffffffffffff7f', 2n ** 56n - 1n],
    ['the largest', '0xffffffffffffffffff01', 2n ** 64n - 1n],
  ] as const)('accepts %s', (_name, encoded, value) => {
    expect(new ByteReader(hexToBytes(encoded)).uvarint()).toBe(value)
  })

  it.each([
    ['65 bits', '0xffffffffffffffffff02'],
    ['eleven bytes', '0x8080808080808080808000'],
    ['an end too early', '0xffff'],
  ] as const)('refuses %s', (_name, encoded) => {
    expect(() => new ByteReader(hexToBytes(encoded)).uvarint()).toThrow(DecodeError)
  })
})

describe('count', () => {
  it('accepts up to the maximum and names what there is too much of', () => {
    expect(new ByteReader(encodeUvarint(10)).count(10, 'blocks')).toBe(10)
    expect(() => new ByteReader(encodeUvarint(11)).count(10, 'blocks')).toThrow('at most 10 blocks, found 11')
    expect(() => new ByteReader(encodeUvarint(2n ** 63n)).count(10, 'blocks')).toThrow(String(2n ** 63n))
  })
})
