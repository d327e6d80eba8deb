import type { Hash } from 'viem'
import { expect, it } from 'vitest'
import { createShownHeads } from './shown-heads.ts'

const [a, b, c]: readonly Hash[] = ['0xaa', '0xbb', '0xcc'] as const

it('a node may hold what L1 shows, and for a while what it showed', () => {
  let nowMs = 0
  const shown = createShownHeads(a as Hash, () => nowMs, 100)
  const allowed = () => [a, b, c].filter((head) => shown.mayHold(head as Hash))
  nowMs = 1_000
  expect(allowed()).toEqual([a])
  shown.show(b as Hash)
  nowMs = 1_100
  expect(allowed()).toEqual([a, b])
  nowMs = 1_101
  expect(allowed()).toEqual([b])
  shown.show(a as Hash)
  nowMs = 9_000
  expect(allowed()).toEqual([a])
})
