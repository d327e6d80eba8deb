import { describe, expect, it } from 'vitest'
import { nextLabels, nextTimestamp } from './schedule.ts'

describe('nextTimestamp', () => {
  const schedule = { genesisTime: 1000n, blockTime: 2n }
  it.each([
    { name: 'on time: the slot that has just begun', parent: 1000n, now: 1002n, expected: 1002n },
    { name: 'mined ahead of time: the slot after the parent', parent: 1010n, now: 1003n, expected: 1012n },
    { name: 'after a pause: the newest slot, no catching up', parent: 1002n, now: 1021n, expected: 1020n },
    { name: 'before genesis', parent: 1000n, now: 990n, expected: 1002n },
    { name: 'inside the parent’s own slot', parent: 1004n, now: 1005n, expected: 1006n },
  ])('$name', ({ parent, now, expected }) => {
    expect(nextTimestamp(schedule, parent, now)).toBe(expected)
  })
})

describe('nextLabels', () => {
  const distances = { safe: 4n, finalized: 4n }
  it.each([
    {
      name: 'at the start both are genesis',
      previous: { safe: 0n, finalized: 0n },
      head: 3n,
      safe: 0n,
      finalized: 0n,
    },
    {
      name: 'they follow the head',
      previous: { safe: 0n, finalized: 0n },
      head: 12n,
      safe: 8n,
      finalized: 4n,
    },
    {
      name: 'a shorter fork moves neither back',
      previous: { safe: 8n, finalized: 4n },
      head: 10n,
      safe: 8n,
      finalized: 4n,
    },
  ])('$name', ({ previous, head, safe, finalized }) => {
    expect(nextLabels(previous, head, distances)).toEqual({ safe, finalized })
  })
})
