import { beforeEach, expect, it } from 'vitest'
import { createFakeWorld, type FakeWorld, l2 } from '../invariants/testing/fake-world.ts'
import { watchInvalid } from './watch-invalid.ts'

let world: FakeWorld
const found = () => (world.watched.failed.aborted ? String(world.watched.failed.reason) : null)
const blockOf = (number: number, fork?: string) => ({
  ...{ number, hash: l2(number, fork).hash, parent: l2(number - 1, fork).hash },
})

beforeEach(() => {
  world = createFakeWorld()
  watchInvalid(world.watched)
})

const accept = (number: number, node = 'follower', fork?: string) =>
  world.events.record({ kind: 'gossip', node, action: 'accept', block: blockOf(number, fork) })
const give = (number: number, status: string, node = 'follower', fork?: string, durationMs = 1) =>
  world.events.record({
    ...{ kind: 'engine', link: `${node}→${node}-el(engine)`, method: 'engine_newPayloadV4' },
    ...{ block: blockOf(number, fork), status, outcome: 'ok', durationMs },
  })
const wait = (ms = 1_000) => world.clock.advance(ms)

it.each<[string, () => Promise<void>, string | null]>([
  [
    'that waited above it',
    async () => void (await wait()),
    'invalid-is-dropped: follower: it gives its engine block 5',
  ],
  ['that a peer gave a moment before', async () => void (await wait(200)), null],
])('after one that is INVALID the engine is given none %s', async (_, pass, expected) => {
  world.chain('sequencer', 5)
  for (const number of [3, 4, 5]) accept(number)
  await pass()
  give(3, 'INVALID')
  await wait()
  give(5, 'SYNCING')
  if (expected === null) expect(found()).toBeNull()
  else expect(found()).toContain(expected)
})

it.each<[string, () => void]>([
  ['what a peer gives again', () => accept(5)],
  [
    'what waits after a start',
    () => world.events.record({ kind: 'component', component: 'follower', action: 'start' }),
  ],
  ['what stands on one that is VALID by now', () => give(3, 'VALID')],
])('but it is given %s', async (_, act) => {
  world.chain('sequencer', 5)
  for (const number of [3, 4, 5]) accept(number)
  await wait()
  give(3, 'INVALID')
  await wait()
  act()
  give(5, 'SYNCING')
  expect(found()).toBeNull()
})

it.each<[string, () => void]>([
  ['of another chain', () => give(5, 'SYNCING', 'follower', 'd')],
  ['that it was asked for before', () => give(5, 'SYNCING', 'follower', undefined, 1_500)],
  ['that no peer gave', () => give(6, 'SYNCING')],
])('nor does that count against a block %s', async (_, act) => {
  for (const fork of ['c', 'd']) world.chain('sequencer', 6, fork)
  for (const number of [3, 4, 5]) accept(number)
  accept(5, 'follower', 'd')
  await wait()
  give(3, 'INVALID')
  await wait()
  act()
  expect(found()).toBeNull()
})

// Campaign, seeds 1010691~1011220, 1030180 and 1081447.
it.each([
  ['was INVALID', () => give(4, 'INVALID')],
  [
    'was INVALID as a head',
    () => world.forkchoice('follower', { unsafe: l2(4).hash }, { status: 'INVALID' }),
  ],
  [
    'was refused as a head',
    () => world.forkchoice('follower', { unsafe: l2(4).hash }, { status: null, outcome: 'rpc_-38002' }),
  ],
])('nor against one above a gap that one has left that %s', async (_, drop) => {
  world.chain('sequencer', 5)
  for (const number of [3, 4]) accept(number)
  await wait()
  drop()
  accept(5)
  await wait()
  give(3, 'INVALID')
  await wait()
  give(5, 'SYNCING')
  expect(found()).toBeNull()
})

// Campaign, seed 990600.
it('nor against one above a gap: nothing says that it builds on it', async () => {
  world.chain('sequencer', 5)
  for (const number of [3, 5]) accept(number)
  await wait()
  give(3, 'INVALID')
  await wait()
  give(5, 'SYNCING')
  expect(found()).toBeNull()
})

it('a node that derives has other reasons to give it', async () => {
  world.chain('sequencer', 5)
  for (const number of [3, 4, 5]) accept(number, 'reference')
  await wait()
  give(3, 'INVALID', 'reference')
  await wait()
  give(5, 'SYNCING', 'reference')
  expect(found()).toBeNull()
})

it('what stands on one that no peer gave was not dropped with it', async () => {
  world.chain('sequencer', 5)
  for (const number of [4, 5]) accept(number)
  await wait()
  give(3, 'INVALID')
  await wait()
  give(5, 'SYNCING')
  expect(found()).toBeNull()
})
