import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeWorld, type FakeWorld, l2 } from '../invariants/testing/fake-world.ts'
import { twoVerifiersFollowing } from '../topologies.ts'
import { calmMs } from './calm.ts'
import { watchLabels } from './watch-labels.ts'

let world: FakeWorld
const found = () => (world.watched.failed.aborted ? String(world.watched.failed.reason) : null)
const told = (safe: number, status = 'VALID') =>
  world.forkchoice('follower', { unsafe: l2(9).hash, safe: l2(safe).hash, finalized: l2(1).hash }, { status })

/** It publishes that its safe block is 5, every second. */
async function publishFor(seconds: number): Promise<void> {
  for (let count = 0; count <= seconds; count++) {
    world.publish('follower', {})
    await world.clock.advance(1_000)
  }
}

beforeEach(async () => {
  world = createFakeWorld()
  watchLabels(world.watched)
  await world.clock.advance(calmMs(twoVerifiersFollowing.parameters) + 1)
})

describe('the labels that a node publishes', () => {
  it.each<[string, () => void, string | null]>([
    ['are those of its engine', () => told(5), null],
    ['and not others', () => told(4), 'labels-told: follower: it has published safe 5 for'],
    [
      'also when the engine did not take the last update',
      () => {
        told(4)
        told(5, 'SYNCING')
      },
      'labels-told',
    ],
    [
      'unless the engine is away',
      () => {
        told(4)
        world.events.record({ kind: 'component', component: 'follower-el', action: 'stop' })
      },
      null,
    ],
  ])('%s', async (_, prepare, expected) => {
    prepare()
    await publishFor(10)
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  // Campaign, seed 902013: a node that derives began anew, and so did its engine: there was nothing to tell.
  it.each([
    ['its genesis, after it lost everything', 0, null],
    ['and is told more', 5, 'labels-told: follower: it has published safe 5 for'],
  ])('an engine has %s', async (_, safe, expected) => {
    told(4)
    world.events.record({ kind: 'component', component: 'follower-el', action: 'wipe' })
    await world.clock.advance(calmMs(twoVerifiersFollowing.parameters) + 1)
    for (let count = 0; count <= 10; count++) {
      world.publish('follower', { safe: l2(safe), finalized: l2(0) })
      await world.clock.advance(1_000)
    }
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  // Campaign, seed 1040655: the node was started again too, and began with what its engine called safe.
  it.each([
    ['started again', 'follower-el', null],
    ['did not', 'sequencer-el', 'labels-told: follower: it has published safe 2 for'],
  ])('an engine that %s may have what is final under both labels', async (_, component, expected) => {
    world.forkchoice('follower', { unsafe: l2(9).hash, safe: l2(4).hash, finalized: l2(2).hash })
    world.events.record({ kind: 'component', component, action: 'start' })
    await world.clock.advance(calmMs(twoVerifiersFollowing.parameters) + 1)
    for (let count = 0; count <= 10; count++) {
      world.publish('follower', { safe: l2(2), finalized: l2(2) })
      await world.clock.advance(1_000)
    }
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  it('may be late', async () => {
    told(4)
    await publishFor(3)
    told(5)
    await publishFor(10)
    expect(found()).toBeNull()
  })
})
