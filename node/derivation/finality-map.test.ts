import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BlockId, type L2BlockRef, zeroHash } from '../protocol/refs.ts'
import { createFinalityMap } from './finality-map.ts'

const l1 = (number: number): BlockId => ({
  number: BigInt(number),
  hash: `0x${number.toString(16).padStart(64, '0')}`,
})
const l2 = (number: number): L2BlockRef => ({
  ...l1(number),
  parentHash: zeroHash,
  timestamp: 0n,
  l1Origin: l1(0),
  sequenceNumber: 0n,
})

describe('finality map', () => {
  it('keeps the highest L2 block of each L1 block', () => {
    const map = createFinalityMap()
    map.record(l1(5), l2(1))
    map.record(l1(5), l2(2))
    expect(map.size).toBe(1)
    expect(map.highestAtOrBelow(5n)?.l2).toEqual(l2(2))
  })

  it.each([
    [4n, null],
    [5n, 10n],
    [6n, 10n],
    [7n, 20n],
    [99n, 30n],
  ])('L1 finalized %s gives L2 %s', (finalized, expected) => {
    const map = createFinalityMap()
    for (const [origin, block] of [
      [5, 10],
      [7, 20],
      [9, 30],
    ] as const)
      map.record(l1(origin), l2(block))
    expect(map.highestAtOrBelow(finalized)?.l2.number ?? null).toBe(expected)
  })

  it('drops what a later derivation contradicts', () => {
    const map = createFinalityMap()
    map.record(l1(5), l2(10))
    map.record(l1(9), l2(20))
    map.record(l1(7), l2(11))
    expect(map.highestAtOrBelow(99n)).toEqual({ l1: l1(7), l2: l2(11) })
    expect(map.highestAtOrBelow(6n)).toEqual({ l1: l1(5), l2: l2(10) })
  })

  it('keeps after a reset what lies at or below the new safe head', () => {
    const map = createFinalityMap()
    map.record(l1(5), l2(10))
    map.record(l1(9), l2(20))
    map.rewind(l2(15))
    expect(map.highestAtOrBelow(99n)).toEqual({ l1: l1(5), l2: l2(10) })
  })

  it('is bounded and forgets the oldest first', () => {
    const map = createFinalityMap(3)
    for (let number = 1; number <= 5; number++) map.record(l1(number), l2(number))
    expect(map.size).toBe(3)
    expect(map.highestAtOrBelow(2n)).toBeNull()
    expect(map.highestAtOrBelow(3n)?.l2).toEqual(l2(3))
  })

  it('is ascending in both whatever is recorded', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { maxLength: 60 }), (records) => {
        const map = createFinalityMap(16)
        for (const [origin, block] of records) map.record(l1(origin), l2(block))
        const last = records.at(-1)
        if (last !== undefined) expect(map.highestAtOrBelow(BigInt(last[0]))?.l2.number).toBe(BigInt(last[1]))
        const entries = Array.from({ length: 31 }, (_, number) => map.highestAtOrBelow(BigInt(number)))
        const distinct = entries.filter((entry, index) => entry !== null && entry !== entries[index - 1])
        for (let index = 1; index < distinct.length; index++)
          expect(distinct[index]!.l2.number).toBeGreaterThan(distinct[index - 1]!.l2.number)
      }),
    )
  })
})
