import { describe, expect, it } from 'vitest'
import { type BlockId, zeroL1BlockRef } from '../protocol/refs.ts'
import { type FollowPosition, refusesAsReplay } from './replay-guard.ts'

const block = (number: number): BlockId => ({
  number: BigInt(number),
  hash: `0x${number.toString(16).padStart(64, '0')}`,
})
const position = (currentL1: number, localSafe: number): FollowPosition => ({
  currentL1: block(currentL1),
  localSafe: block(localSafe),
})

// follow-mode.md, step 6; op-node's own table of August 2026. Ours: currentL1 10, local-safe 80.
describe('replay guard', () => {
  it.each([
    { theirs: [5, 30], l1Reorged: false, refused: true, why: 'an older L1 and an older chain: a replay' },
    { theirs: [10, 30], l1Reorged: false, refused: true, why: 'the same L1 cannot give an older chain' },
    { theirs: [10, 80], l1Reorged: false, refused: false, why: 'nothing is older' },
    { theirs: [11, 30], l1Reorged: false, refused: false, why: 'newer L1 data may revoke the chain' },
    { theirs: [5, 30], l1Reorged: true, refused: false, why: 'our recorded L1 is gone: a true reorg' },
    {
      theirs: [5, 80],
      l1Reorged: false,
      refused: false,
      why: 'the source reset its cursor but kept its heads',
    },
  ])('$theirs, L1 reorged $l1Reorged: refused $refused ($why)', ({ theirs, l1Reorged, refused }) => {
    const [currentL1, localSafe] = theirs as [number, number]
    expect(refusesAsReplay(position(10, 80), position(currentL1, localSafe), !l1Reorged)).toBe(refused)
  })

  it('refuses nothing before the first accepted status', () => {
    const ours = { currentL1: zeroL1BlockRef, localSafe: block(80) }
    expect(refusesAsReplay(ours, position(0, 30), true)).toBe(false)
  })
})
