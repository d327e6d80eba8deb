import { expect, it } from 'vitest'
import { createFakeWorld, l2 } from '../invariants/testing/fake-world.ts'
import { watchGossipTimes } from './watch-gossip-times.ts'

it.each([
  ['at its time', 0, 0, 'accept', null],
  ['five seconds early', 5_000, 0, 'accept', null],
  ['a millisecond more', 5_001, 0, 'accept', 'timely-gossip: follower: it takes block 40 of a peer'],
  ['more, and refuses it', 5_001, 0, 'reject', null],
  ['more, by a clock that is ahead', 8_000, 3_000, 'accept', null],
  ['at its time, by a clock that is behind', 0, -6_000, 'accept', 'which is 6 s ahead of its clock'],
  ['a minute late', -62_000, 0, 'accept', null],
  ['later', -62_001, 0, 'accept', 'which is 62.001 s behind its clock'],
] as const)('a node takes a block %s', async (_, earlyMs, aheadMs, action, expected) => {
  const world = createFakeWorld()
  watchGossipTimes(world.watched)
  const json = { fault: 'clockSkew', ms: aheadMs }
  world.events.record({
    ...{ kind: 'fault', id: 1, point: 'follower', fault: 'clockSkew', action: 'install', json },
  })
  world.events.record({ kind: 'component', component: 'follower', action: 'start' })
  const { rollup, parameters } = world.watched
  const slotMs = (Number(rollup.genesis.l2Time) + 40 * parameters.l2BlockTime) * 1_000
  await world.clock.advance(slotMs - earlyMs - world.clock.nowMs())
  world.events.record({
    ...{ kind: 'gossip', node: 'follower', action, block: { number: 40, hash: l2(40).hash } },
  })
  const { failed } = world.watched
  if (expected === null) expect(failed.aborted).toBe(false)
  else expect(String(failed.reason)).toContain(expected)
})
