import { describe, expect, it } from 'vitest'
import { behind, owed, type ToldHeights } from './progress-rules.ts'

const told = (t: number, localSafe: number, isDue = true): ToldHeights => ({
  ...{ t, isDue, localSafe, currentL1: localSafe, crossSafe: localSafe, finalized: localSafe - 5 },
})

describe('what a follower owes', () => {
  it('is nothing while nothing is old enough', () => {
    expect(owed([told(1_000, 10)], 999)).toBeNull()
    expect(owed([], 5_000)).toBeNull()
    expect(owed([told(1_000, 10, false)], 5_000)).toBeNull()
  })

  it.each([
    ['the last that is old enough', [told(1_000, 10), told(2_000, 12), told(3_000, 14)], 2_500, 12],
    ['one at that very moment', [told(1_000, 10), told(2_500, 12)], 2_500, 12],
    ['less, where the source went back since', [told(1_000, 10), told(3_000, 7), told(4_000, 9)], 2_500, 7],
    ['not less for what was before', [told(1_000, 10), told(2_000, 7), told(2_400, 11)], 2_500, 11],
    ['not what it had no time to take', [told(1_000, 10), told(2_000, 12, false)], 2_500, 10],
    ['less, where that was less', [told(1_000, 10), told(2_000, 7, false)], 2_500, 7],
  ])('is %s', (_, all, sinceMs, expected) => {
    expect(owed(all, sinceMs)?.localSafe).toBe(expected)
  })

  it('is judged level by level', () => {
    const owes = { currentL1: 5, localSafe: 10, crossSafe: 9, finalized: 3 }
    expect(behind(owes, owes)).toBeNull()
    expect(behind({ ...owes, currentL1: 6, finalized: 4 }, owes)).toBeNull()
    expect(behind({ ...owes, currentL1: 4 }, owes)).toBe('currentL1 is 4, expected at least 5')
    expect(behind({ ...owes, crossSafe: 8 }, owes)).toBe('crossSafe is 8, expected at least 9')
    expect(behind({ ...owes, finalized: 0 }, owes)).toBe('finalized is 0, expected at least 3')
  })
})
