import { keccak_256 } from '@noble/hashes/sha3'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keccak256 } from './hash.ts'
import { keccak256Bytes, keccak256Steps } from './keccak.ts'

describe('keccak256Bytes', () => {
  it('hashes nothing', () => {
    expect(keccak256(new Uint8Array())).toBe(
      '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
    )
  })

  it.each([1, 31, 32, 135, 136, 137, 271, 272, 273, 1000, 24_576])(
    'agrees with @noble/hashes on %i bytes',
    (length) => {
      const data = Uint8Array.from({ length }, (_, index) => (index * 31 + length) & 0xff)
      expect(keccak256Bytes(data)).toEqual(keccak_256(data))
    },
  )

  it('agrees with it on any bytes, whatever was hashed before', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
        const kept = keccak256Bytes(a)
        keccak256Bytes(b)
        expect(kept).toEqual(keccak_256(a))
      }),
    )
  })

  it('hashes in steps, whatever is hashed between them', () => {
    const data = new Uint8Array(3_500_000).fill(7).fill(8, 1_000_000, 2_000_001)
    const steps = keccak256Steps(data)
    for (let count = 0; count < 3; count++) {
      expect(steps.next().done).toBe(false)
      keccak256Bytes(Uint8Array.of(count))
    }
    expect(steps.next()).toEqual({ done: true, value: keccak_256(data) })
  })

  it('takes a view into a larger buffer', () => {
    const buffer = Uint8Array.from({ length: 64 }, (_, index) => index)
    expect(keccak256Bytes(buffer.subarray(3, 40))).toEqual(keccak_256(buffer.slice(3, 40)))
  })
})
