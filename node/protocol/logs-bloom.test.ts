import { Bloom } from '@ethereumjs/vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex, hexToBytes } from './bytes.ts'
import { bloomBits, bloomOf, mayHold } from './logs-bloom.ts'

const item = fc.uint8Array({ minLength: 20, maxLength: 32 }).map((bytes) => bytesToHex(bytes))

describe('logs bloom', () => {
  it('is what another implementation makes, and has no false negatives', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 40 }), (items) => {
        const theirs = new Bloom()
        for (const one of items) theirs.add(hexToBytes(one))
        const ours = bloomOf(items)
        expect(bytesToHex(ours)).toBe(bytesToHex(theirs.bitvector))
        for (const one of items) expect(mayHold(ours, bloomBits(one))).toBe(true)
      }),
    )
  })

  it('rules out what did not go in, unless its three bits are there by chance', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 40 }), item, (items, other) => {
        const theirs = new Bloom()
        for (const one of items) theirs.add(hexToBytes(one))
        expect(mayHold(bloomOf(items), bloomBits(other))).toBe(theirs.check(hexToBytes(other)))
      }),
    )
  })
})
