import { describe, expect, it } from 'vitest'
import { slotTiming } from './slot-timing.ts'

describe('slot timing', () => {
  it.each([
    { blockTime: 2n, lastSealMs: 0, buildMs: 99_500, sealMs: 100_000 },
    { blockTime: 1n, lastSealMs: 30, buildMs: 99_750, sealMs: 99_970 },
    { blockTime: 1n, lastSealMs: 900, buildMs: 99_750, sealMs: 99_950 },
    { blockTime: 1n, lastSealMs: -5, buildMs: 99_750, sealMs: 100_000 },
  ])('block time $blockTime s, last seal $lastSealMs ms', ({ blockTime, lastSealMs, buildMs, sealMs }) => {
    expect(slotTiming(100n, blockTime, lastSealMs)).toEqual({ buildMs, sealMs, slotMs: 100_000 })
  })
})
