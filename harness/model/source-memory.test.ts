import { beforeEach, describe, expect, it } from 'vitest'
import { zeroL1BlockRef } from '../../node/protocol/refs.ts'
import { createL2Blocks } from '../events/l2-blocks.ts'
import { createFakeWorld, type FakeWorld, l1, l2 } from '../invariants/testing/fake-world.ts'
import { createSourceMemory, type SourceMemory } from './source-memory.ts'

let world: FakeWorld
let memory: SourceMemory
let isCalm: boolean
const tell = (safe: number, currentL1: number, fork = 'c', l1Fork = 'a') =>
  world.report('follower', {
    ...{ localSafe: l2(safe, fork), safe: l2(safe, fork), finalized: l2(0) },
    currentL1: l1(currentL1, l1Fork),
  })
/** L1 has that block from now on, and none of its own above it. */
const mine = (number: number, fork = 'a') => world.l1View.add(l1(number, fork), world.clock.nowMs())
const replace = (from: number, to: number, fork: string) => {
  for (let number = from; number <= to; number++) mine(number, fork)
  const orphaned = Array.from({ length: to - from + 1 }, (_, index) => ({
    number: from + index,
    hash: l1(from + index).hash,
  }))
  world.events.record({ kind: 'l1-reorg', orphaned, replaced: [] })
}
const heights = () => memory.told('follower').map(({ localSafe, isDue }) => (isDue ? localSafe : -localSafe))

beforeEach(() => {
  world = createFakeWorld()
  isCalm = true
  const blocks = createL2Blocks({ number: 0, hash: l2(0).hash })
  memory = createSourceMemory({ world: world.watched, blocks, isCalm: () => isCalm })
  world.events.subscribe((event) => {
    blocks.add(event)
    memory.add(event)
  })
  for (let number = 1; number <= 6; number++) mine(number)
  world.chain('sequencer', 9)
  world.chain('sequencer', 9, 'd')
})

describe('what a source told', () => {
  it('is remembered where L1 has what it stands on', () => {
    tell(2, 3)
    tell(3, 4, 'c', 'b')
    tell(4, 5)
    expect(heights()).toEqual([2, 4])
    expect(memory.told('reference')).toEqual([])
    expect(memory.told('nobody')).toEqual([])
  })

  it('is forgotten where L1 has replaced that since, and what was told later stays', () => {
    tell(2, 3)
    tell(3, 5)
    tell(4, 4)
    replace(5, 6, 'b')
    expect(heights()).toEqual([2, 4])
  })

  // What it told while something disturbed the follower, that had no time to take then.
  it.each([
    ['it says what L1 does not have', () => tell(3, 4, 'c', 'b'), true, [2]],
    ['it says what L1 does not have', () => tell(3, 4, 'c', 'b'), false, [-2]],
    ['it has no place on L1', () => world.report('follower', { currentL1: zeroL1BlockRef }), false, [-2]],
    ['L1 replaces what it said later', () => [tell(3, 6), replace(6, 6, 'b')], false, [-2]],
    ['it says the next', () => tell(3, 4), false, [2, 3]],
    [
      'the engine is wiped',
      () => world.events.record({ kind: 'component', component: 'follower-el', action: 'wipe' }),
      true,
      [-2],
    ],
    [
      'another engine is wiped',
      () => world.events.record({ kind: 'component', component: 'sequencer-el', action: 'wipe' }),
      true,
      [2],
    ],
  ])('is owed, or was never, when %s (calm: %#)', (_, then, wasCalm, expected) => {
    isCalm = wasCalm
    tell(2, 3)
    then()
    expect(heights()).toEqual(expected)
  })

  it('is kept as far as anybody owes it', () => {
    for (let at = 0; at < 300; at++) tell(at % 9, 3)
    expect(memory.told('follower')).toHaveLength(256)
  })
})

describe('a source takes a safe block back', () => {
  const from = l2(5).hash
  const to = l2(3).hash

  it.each([
    ['when it says a lower one as far on L1, or farther', () => [tell(5, 3), tell(3, 4)], true],
    ['not by what it had said before', () => [tell(3, 3), tell(5, 4)], false],
    ['not when it says the higher one again', () => [tell(5, 3), tell(3, 4), tell(5, 4)], false],
    ['not by what is less far on L1: it derives again', () => [tell(5, 4), tell(3, 3)], false],
    ['not by another block than that', () => [tell(5, 3), tell(2, 4)], false],
    ['not when it never said it', () => tell(3, 4), false],
    [
      'when L1 has replaced what it stood on, at the same place',
      () => [tell(5, 6), replace(6, 6, 'b'), tell(3, 5)],
      true,
    ],
    [
      'when it said it on what L1 had replaced by then: it learnt of that late',
      () => [replace(6, 6, 'b'), tell(5, 6), tell(3, 5)],
      true,
    ],
    ['not when that was never on L1', () => [tell(5, 6, 'c', 'b'), tell(3, 5)], false],
  ])('%s', (_, says, expected) => {
    says()
    expect(memory.takesBack('follower', from, to)).toBe(expected)
  })
})

it.each([
  ['it is on another chain at that height', () => tell(4, 3, 'd'), true],
  ['it is below, on the same chain', () => tell(3, 3), false],
  ['it is higher', () => tell(6, 3, 'd'), false],
  ['it has said nothing', () => {}, false],
  ['it was on another chain before', () => [tell(3, 3, 'd'), tell(4, 4)], false],
])('a source contradicts a head or not: %s', (_, says, expected) => {
  says()
  expect(memory.contradicts('follower', l2(5).hash)).toBe(expected)
})
