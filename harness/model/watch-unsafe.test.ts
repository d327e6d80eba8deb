import { beforeEach, expect, it } from 'vitest'
import type { WorldEvent } from '../events/event.ts'
import { createFakeWorld, type FakeWorld, l2 } from '../invariants/testing/fake-world.ts'
import { watchUnsafe } from './watch-unsafe.ts'

let world: FakeWorld
const found = () => (world.watched.failed.aborted ? String(world.watched.failed.reason) : null)

/** Its peers give the node that block of the sequencer. */
const give = (
  node: string,
  number: number,
  action: Extract<WorldEvent, { kind: 'gossip' }>['action'] = 'accept',
) => world.events.record({ kind: 'gossip', node, action, block: { number, hash: l2(number).hash } })

const disturb = (point: string) => {
  world.events.record({ kind: 'fault', id: 1, point, fault: 'delay', action: 'install' })
  world.events.record({ kind: 'fault', id: 1, point, fault: 'delay', action: 'remove' })
}

beforeEach(async () => {
  world = createFakeWorld()
  watchUnsafe(world.watched)
  world.chain('sequencer', 20)
  await world.clock.advance(60_000)
})

it('a node that was given the block on its head has it soon', async () => {
  give('follower', 10)
  world.publish('follower', { unsafe: l2(9) })
  expect(found()).toBeNull()
  await world.clock.advance(60_000)
  world.publish('follower', { unsafe: l2(10) })
  expect(found()).toBeNull()
  world.publish('follower', { unsafe: l2(9) })
  expect(found()).toContain('unsafe-goes-on: follower: its unsafe head is 9:')
})

it.each<[name: string, before: () => void, after: () => void]>([
  ['it was given to another', () => give('reference', 10), () => {}],
  ['it was refused', () => give('follower', 10, 'reject'), () => {}],
  ['the one that it was given is not on its head', () => give('follower', 11), () => {}],
  [
    'its engine syncs to another chain',
    () => give('follower', 10),
    () => world.forkchoice('follower', { unsafe: l2(15, 'd').hash }, { status: 'SYNCING' }),
  ],
  ['something disturbed it', () => give('follower', 10), () => disturb('follower→l1')],
  [
    'something disturbed it before',
    () => {
      disturb('follower→l1')
      give('follower', 10)
    },
    () => {},
  ],
  [
    'something disturbed its sequencer',
    () => {
      disturb('sequencer→l1')
      give('follower', 10)
    },
    () => {},
  ],
])('it need not when %s', async (_, before, after) => {
  before()
  await world.clock.advance(60_000)
  after()
  world.publish('follower', { unsafe: l2(9) })
  expect(found()).toBeNull()
})

it('a fault of somebody else is no excuse', async () => {
  give('follower', 10)
  await world.clock.advance(60_000)
  disturb('reference→l1')
  world.publish('follower', { unsafe: l2(9) })
  expect(found()).toContain('unsafe-goes-on')
})
