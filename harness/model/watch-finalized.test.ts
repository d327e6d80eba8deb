import { beforeEach, expect, it } from 'vitest'
import { zeroL2BlockRef } from '../../node/protocol/refs.ts'
import { createFakeWorld, type FakeWorld, l2 } from '../invariants/testing/fake-world.ts'
import { watchFinalized } from './watch-finalized.ts'

let world: FakeWorld
const found = () => (world.watched.failed.aborted ? String(world.watched.failed.reason) : null)

beforeEach(() => {
  world = createFakeWorld()
  watchFinalized(world.watched)
})

it.each([
  ['a follower that runs on', 'follower', 0, 'finality-stays: follower'],
  ['a follower that was started again', 'follower', 1, null],
  ['a node that derives', 'reference', 0, null],
])('finality of %s goes back when its engine has lost all', (_, node, starts, expected) => {
  world.publish(node, { finalized: l2(3) })
  world.events.record({ kind: 'component', component: `${node}-el`, action: 'wipe' })
  world.publish(node, { finalized: l2(4) })
  world.starts[node]!.node += starts
  world.publish(node, { finalized: zeroL2BlockRef })
  expect(found()).toBeNull()
  world.publish(node, { finalized: l2(2) })
  if (expected === null) expect(found()).toBeNull()
  else expect(found()).toContain(expected)
})
