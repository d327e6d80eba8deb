import { beforeEach, expect, it } from 'vitest'
import { zeroL1BlockRef } from '../../node/protocol/refs.ts'
import { createFakeWorld, type FakeWorld, l1, l2 } from '../invariants/testing/fake-world.ts'
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

// Campaign, seed 1071015~1071881: a node lost its engine, and its source had no place on L1 for longer than a calm takes.
it.each([
  ['nothing happened', [], false],
  ['its engine was wiped', ['follower-el'], true],
  ['another engine was wiped', ['sequencer-el'], false],
  ['it was told that again as its engine had just been wiped', ['follower-el', 'told again'], true],
])('what it was told it has, while its source has no place on L1: %s', async (_, happened, isExcused) => {
  world.l1View.add(l1(1), world.clock.nowMs())
  const said = { localSafe: l2(5), currentL1: l1(1) }
  world.report('follower', said)
  for (const what of happened)
    if (what === 'told again') world.report('follower', said)
    else world.events.record({ kind: 'component', component: what, action: 'wipe' })
  world.report('follower', { currentL1: zeroL1BlockRef })
  await world.clock.advance(120_000)
  world.publish('follower', { localSafe: l2(0), finalized: l2(0), currentL1: l1(0) })
  if (isExcused) expect(found()).toBeNull()
  else expect(found()).toContain('follows-on: follower: currentL1 is 0, expected at least 1')
})
