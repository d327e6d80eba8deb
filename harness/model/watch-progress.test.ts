import { beforeEach, expect, it } from 'vitest'
import { createFakeWorld, type FakeWorld, l2 } from '../invariants/testing/fake-world.ts'
import { watchProgress } from './watch-progress.ts'

let world: FakeWorld
const found = () => (world.watched.failed.aborted ? String(world.watched.failed.reason) : null)
const tell = (safe: number) => world.forkchoice('follower', { unsafe: l2(9).hash, safe: l2(safe).hash })

beforeEach(async () => {
  world = createFakeWorld()
  watchProgress(world.watched)
  world.chain('sequencer', 9)
  await world.clock.advance(60_000)
  tell(4)
})

// Campaign, seed 1040655: the node was started again after its engine, and read there what was safe.
it.each([
  ['its engine, which may have forgotten it, started', 'follower-el', null],
  ['another engine started', 'sequencer-el', 'heads-stay: follower: safe went from 4 to 2'],
])('safe goes back for nothing but what was done to it: %s', async (_, component, expected) => {
  world.events.record({ kind: 'component', component, action: 'start' })
  await world.clock.advance(120_000)
  tell(2)
  if (expected === null) expect(found()).toBeNull()
  else expect(found()).toContain(expected)
})

it('what it was told since that start its engine has', async () => {
  world.events.record({ kind: 'component', component: 'follower-el', action: 'start' })
  await world.clock.advance(120_000)
  tell(4)
  await world.clock.advance(1_000)
  tell(2)
  expect(found()).toContain('heads-stay: follower: safe went from 4 to 2')
})
