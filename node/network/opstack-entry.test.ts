import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeOpstackEntry, encodeOpstackEntry } from './opstack-entry.ts'

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

describe('the opstack entry of a node record', () => {
  // The entries of OP Mainnet's and Base's nodes, without the RLP header.
  it.each([
    [10n, [0x0a, 0x00]],
    [8453n, [0x85, 0x42, 0x00]],
    [901n, [0x85, 0x07, 0x00]],
  ])('of chain %s is %j', (chainId, bytes) => {
    expect(encodeOpstackEntry({ chainId, version: 0n })).toEqual(Uint8Array.from(bytes))
    expect(decodeOpstackEntry(Uint8Array.from(bytes))).toEqual({ chainId, version: 0n })
  })

  it('reads back whatever was written, also with more bytes after it', () => {
    fc.assert(
      fc.property(uint64, uint64, fc.uint8Array({ maxLength: 8 }), (chainId, version, rest) => {
        const bytes = encodeOpstackEntry({ chainId, version })
        expect(decodeOpstackEntry(Uint8Array.of(...bytes, ...rest))).toEqual({ chainId, version })
      }),
    )
  })

  it.each([[[]], [[0x0a]], [[0x85]], [[0x85, 0x42]], [Array<number>(11).fill(0xff)]])(
    'is not %j',
    (bytes) => {
      expect(decodeOpstackEntry(Uint8Array.from(bytes))).toBeNull()
    },
  )
})
