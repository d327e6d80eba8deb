import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeWorld, type FakeWorld } from '../invariants/testing/fake-world.ts'
import { watchPolls } from './watch-polls.ts'

let world: FakeWorld
const found = () => (world.watched.failed.aborted ? String(world.watched.failed.reason) : null)
const fault = (point: string) =>
  world.events.record({ kind: 'fault', id: 1, point, fault: 'hang', action: 'install', json: {} })
const failedPoll = () =>
  world.events.record({
    ...{
      kind: 'source',
      follower: 'follower',
      source: 'reference',
      outcome: 'unreachable',
      durationMs: 2_000,
    },
  })

beforeEach(async () => {
  world = createFakeWorld()
  watchPolls(world.watched)
  await world.clock.advance(30_000)
  failedPoll()
})

describe('a follower', () => {
  it.each([
    ['has some seconds for a poll', 5_000, null, null],
    ['asks again after them', 9_000, null, 'asks-on: follower: it has not ended a poll of reference for 9 s'],
    ['whatever is done to its source', 9_000, 'follower→reference', 'asks-on'],
    ['but not to its engine', 9_000, 'follower→follower-el(engine)', null],
  ])('%s', async (_, silentMs, point, expected) => {
    if (point !== null) fault(point)
    await world.clock.advance(silentMs)
    world.publish('follower', {})
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  it('that polls in vain does poll', async () => {
    fault('follower→reference')
    for (let count = 0; count < 10; count++) {
      await world.clock.advance(3_000)
      failedPoll()
      world.publish('follower', {})
    }
    expect(found()).toBeNull()
  })
})
