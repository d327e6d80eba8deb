import { beforeEach, describe, expect, it } from 'vitest'
import type { L2BlockRef } from '../../node/protocol/refs.ts'
import { createFakeWorld, type FakeWorld, l1, l2 } from '../invariants/testing/fake-world.ts'
import { watchEpochs } from './watch-epochs.ts'

let world: FakeWorld
const found = () => (world.watched.failed.aborted ? String(world.watched.failed.reason) : null)
const block = (number: number, origin: number, sequenceNumber: number, time = number): L2BlockRef => ({
  ...l2(number, 'c', l1(origin)),
  ...{ parentHash: l2(number - 1).hash, sequenceNumber: BigInt(sequenceNumber), timestamp: BigInt(time) },
})

beforeEach(() => {
  world = createFakeWorld()
  watchEpochs(world.watched)
  world.publish('sequencer', { unsafe: block(6, 3, 1), localSafe: block(5, 3, 0) })
})

describe('the blocks of an epoch', () => {
  it.each([
    ['count on', block(7, 3, 2), null],
    ['begin again with the next', block(7, 4, 0), null],
    [
      'do not go on counting there',
      block(7, 4, 2),
      'epochs: follower: block 7 has the sequence number 2, expected 0',
    ],
    ['do not stand still', block(7, 3, 1), 'sequence number 1, expected 2'],
    ['lie a block time apart', block(7, 3, 2, 9), 'block 7 has the time 9, its parent 6'],
    ['are not judged without the one before', block(9, 4, 7), null],
  ])('%s', (_, unsafe, expected) => {
    world.publish('follower', { unsafe, localSafe: block(5, 3, 0) })
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })
})

describe('what is said of a block', () => {
  it.each([
    ['the same by another node', block(6, 3, 1), null],
    ['another time', { ...block(6, 3, 1), timestamp: 1n }, 'with the time 1, and it was 6'],
    ['another L1 origin', { ...block(6, 3, 1), l1Origin: l1(2) }, 'with the L1 origin 2:'],
    ['another parent', { ...block(6, 3, 1), parentHash: l2(4).hash }, 'with the parent hash'],
  ])('is %s', (_, localSafe, expected) => {
    world.publish('follower', { unsafe: block(6, 3, 1), localSafe })
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })
})
