import { beforeEach, describe, expect, it } from 'vitest'
import { originGrace } from '../invariants/origins-canonical.ts'
import { createFakeWorld, type FakeWorld, l1, l2 } from '../invariants/testing/fake-world.ts'
import { twoVerifiersFollowing } from '../topologies.ts'
import { calmMs } from './calm.ts'
import { watchFollowModel } from './watch-follow.ts'

let world: FakeWorld
const found = () => (world.watched.failed.aborted ? String(world.watched.failed.reason) : null)
const mine = (number: number, fork = 'a') => world.l1View.add(l1(number, fork), world.clock.nowMs())
const published = (number: number, origin: number) =>
  world.events.record({
    ...{ kind: 'head', node: 'follower', level: 'unsafe' },
    block: { number, hash: l2(number).hash, parent: l2(number - 1).hash },
    origin: { number: origin, hash: l1(origin).hash },
  })

beforeEach(async () => {
  world = createFakeWorld()
  watchFollowModel(world.watched)
  world.chain('follower', 9)
  for (let number = 1; number <= 4; number++) mine(number)
  published(6, 3)
  published(8, 4)
  world.forkchoice('follower', { unsafe: l2(9).hash })
  await world.clock.advance(calmMs(twoVerifiersFollowing.parameters) + 1)
})

it('a head does not go back by itself', () => {
  world.forkchoice('follower', { unsafe: l2(6).hash })
  expect(found()).toContain('unsafe-moves: follower: unsafe went from 9')
})

it('it does when its origin is no more, however long nothing could be done about it', async () => {
  mine(4, 'b')
  world.events.record({ kind: 'l1-reorg', orphaned: [], replaced: [] })
  await world.clock.advance(10 * calmMs(twoVerifiersFollowing.parameters))
  world.forkchoice('follower', { unsafe: l2(6).hash })
  expect(found()).toBeNull()
})

it('but not because of an L1 block that it does not stand on', async () => {
  mine(5)
  mine(5, 'b')
  world.events.record({ kind: 'l1-reorg', orphaned: [], replaced: [] })
  await world.clock.advance(10 * calmMs(twoVerifiersFollowing.parameters))
  world.forkchoice('follower', { unsafe: l2(6).hash })
  expect(found()).toContain('unsafe-moves')
})

it.each([
  ['while its L1 shows a fork that is no more', 'follower→l1', 'shows(fork 1), 2 times', null],
  [
    'when its engine denies that it has blocks',
    'follower→follower-el(engine)',
    'nullResult, with probability 0.6',
    null,
  ],
  ['not when its L1 does', 'follower→l1', 'nullResult', 'unsafe-moves'],
  ['nor when its engine is away', 'follower→follower-el(engine)', 'hang', 'unsafe-moves'],
])('it may go back %s', (_, point, name, expected) => {
  const fault = { kind: 'fault', id: 1, point, fault: name } as const
  world.events.record({ ...fault, action: 'install', json: {} })
  world.events.record({ ...fault, action: 'hit', hits: 1 })
  world.forkchoice('follower', { unsafe: l2(6).hash })
  if (expected === null) expect(found()).toBeNull()
  else expect(found()).toContain(expected)
})

it.each([
  ['a block of its peers beyond a gap, of another chain: the engine is asked', true, null, null],
  ['and does not take it', true, 'SYNCING', null],
  ['it may not be what it has', true, 'VALID', 'unsafe-moves'],
  ['nor may it be one that nobody gave it', false, null, 'unsafe-moves'],
])('%s', (_, given, status, expected) => {
  world.forkchoice('follower', { unsafe: l2(9).hash, safe: l2(5).hash })
  world.chain('sequencer', 14, 'd')
  giveAndTake(14, given, status)
  if (expected === null) expect(found()).toBeNull()
  else expect(found()).toContain(expected)
})

it.each([
  ['its engine may take what its peers build above its safe block, further than it is', 14, true, null],
  ['but no less than it has', 9, true, 'unsafe-moves'],
  ['and nothing that nobody gave it', 14, false, 'unsafe-moves'],
])('%s', (_, number, given, expected) => {
  world.forkchoice('follower', { unsafe: l2(9).hash, safe: l2(5).hash })
  const parentOf = (height: number) => (height === 6 ? l2(5) : l2(height - 1, 'd')).hash
  for (let height = 6; height <= 14; height++)
    world.events.record({
      ...{ kind: 'head', node: 'sequencer', level: 'unsafe' },
      block: { number: height, hash: l2(height, 'd').hash, parent: parentOf(height) },
    })
  giveAndTake(number, given, 'VALID')
  if (expected === null) expect(found()).toBeNull()
  else expect(found()).toContain(expected)
})

// Campaign, seeds 921502~921700 and 921246~922056: its engine had synced to a fork that it left, and confirmed nothing else.
it.each([
  ['the head that it publishes', 9, 'c', null],
  ['no other one below it', 8, 'c', 'unsafe-moves'],
  ['nor an older one of that chain', 12, 'd', 'unsafe-moves'],
])('an engine that has gone to another chain by itself is told %s', (_, number, fork, expected) => {
  world.forkchoice('follower', { unsafe: l2(9).hash, safe: l2(5).hash })
  for (let height = 6; height <= 14; height++)
    world.events.record({
      ...{ kind: 'head', node: 'sequencer', level: 'unsafe' },
      block: {
        ...{ number: height, hash: l2(height, 'd').hash },
        parent: height === 6 ? l2(5).hash : l2(height - 1, 'd').hash,
      },
    })
  giveAndTake(14, true, 'VALID')
  expect(found()).toBeNull()
  world.events.record({
    ...{ kind: 'head', node: 'follower', level: 'unsafe' },
    block: { number: 9, hash: l2(9).hash, parent: l2(8).hash },
  })
  world.forkchoice('follower', { unsafe: l2(number, fork).hash, safe: l2(5).hash })
  if (expected === null) expect(found()).toBeNull()
  else expect(found()).toContain(expected)
})

function giveAndTake(number: number, given: boolean, status: string | null): void {
  const block = { number, hash: l2(number, 'd').hash }
  if (given) world.events.record({ kind: 'gossip', node: 'follower', action: 'accept', block })
  world.forkchoice('follower', { unsafe: block.hash, safe: l2(5).hash }, { status })
}

// Campaign, seed 750063: the source was slow to derive again, and went back long after L1 did.
describe('safe goes back for a source that derives again', () => {
  const long = 10 * calmMs(twoVerifiersFollowing.parameters)
  const tell = (localSafe: number, currentL1: number, fork = 'a') =>
    world.report('follower', {
      ...{ unsafe: l2(9), localSafe: l2(localSafe, 'c', l1(3)), safe: l2(localSafe, 'c', l1(3)) },
      ...{ finalized: l2(1, 'c', l1(1)), currentL1: l1(currentL1, fork) },
    })
  const apply = (safe: number) => world.forkchoice('follower', { unsafe: l2(9).hash, safe: l2(safe).hash })

  beforeEach(() => {
    mine(5)
    mine(6)
    for (const [localSafe, currentL1] of [
      [3, 4],
      [4, 5],
      [5, 6],
    ] as const) {
      tell(localSafe, currentL1)
      apply(localSafe)
    }
  })

  it.each([
    ['and L1 has replaced what it had derived', 6, 4, null],
    ['but no further than L1 says', 6, 3, 'although one at 5 had been accepted'],
    ['nor where L1 has replaced another block', 7, 4, 'although one at 6 had been accepted'],
  ])('%s', async (_, replaced, safe, expected) => {
    if (replaced === 7) mine(7)
    mine(replaced, 'b')
    world.events.record({ kind: 'l1-reorg', orphaned: [], replaced: [] })
    await world.clock.advance(long)
    tell(safe, 2)
    apply(safe)
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })
})

// Campaign, seed 764194~764298: while its L1 lagged and its engine was away, it could accept nothing of what it was told.
it.each([
  ['nothing disturbed it', false, false, 'no-replay: follower: safe went back from 5 to 4'],
  ['something disturbed it', true, false, null],
  ['it has published that', true, true, 'no-replay: follower: safe went back from 5 to 4'],
])(
  'what it was told of more of L1 speaks against a replay when %s',
  async (_, isDisturbed, isPublished, expected) => {
    const tell = (safe: number, currentL1: number) =>
      world.report('follower', { localSafe: l2(safe), currentL1: l1(currentL1) })
    const move = (safe: number) => world.forkchoice('follower', { unsafe: l2(9).hash, safe: l2(safe).hash })
    tell(5, 2)
    move(5)
    if (isDisturbed) world.events.record({ kind: 'component', component: 'follower-el', action: 'ready' })
    tell(5, 4)
    if (isPublished)
      world.events.record({
        ...{ kind: 'head', node: 'follower', level: 'currentL1' },
        block: { number: 4, hash: l1(4).hash },
      })
    tell(4, 3)
    move(4)
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  },
)

// Campaign, seed 800177~800308: its engine had lost everything, and answered no update for longer than heads may go back.
it.each([
  ['an engine that has confirmed nothing since it was started', null, null],
  ['one that has', 'VALID', 'unsafe-moves'],
])('it may go back after %s, however long ago that is', async (_, status, expected) => {
  world.starts['follower']!.engine = 2
  world.forkchoice('follower', { unsafe: l2(9).hash }, { status })
  await world.clock.advance(10 * calmMs(twoVerifiersFollowing.parameters))
  world.forkchoice('follower', { unsafe: l2(6).hash })
  if (expected === null) expect(found()).toBeNull()
  else expect(found()).toContain(expected)
})

// Campaign, seed 871126: the engine had synced to what its peers built from below the safe block.
it.each([
  ['after an operator has reset it, when its engine is on another chain', true, 'd', null],
  ['not for a reset alone', true, 'c', 'safe-moves'],
  ['nor because its engine is on another chain', false, 'd', 'moves'],
])('safe may go back %s', (_, isReset, fork, expected) => {
  world.chain('sequencer', 14, 'd')
  world.forkchoice('follower', { unsafe: l2(9).hash, safe: l2(5).hash })
  if (isReset) world.events.record({ kind: 'reach', mark: 'reset by admin', node: 'follower' })
  world.forkchoice('follower', { unsafe: l2(14, fork).hash, safe: l2(2).hash })
  if (expected === null) expect(found()).toBeNull()
  else expect(found()).toContain(expected)
})

// A target that waited for an engine that was away.
describe('safe goes to a block that stands on an L1 block', () => {
  const long = originGrace(twoVerifiersFollowing.parameters).safeMs
  const apply = (safe: number, status: 'VALID' | 'SYNCING' = 'VALID') =>
    world.forkchoice('follower', { unsafe: l2(9).hash, safe: l2(safe).hash }, { status })
  beforeEach(() => {
    world.report('follower', { unsafe: l2(9), localSafe: l2(8, 'c', l1(4)), currentL1: l1(4) })
    apply(6)
  })

  it.each([
    ['that L1 has', false, 0, 12, null],
    ['that it has replaced a moment ago', true, long, 12, null],
    ['that it has replaced', true, long + 1, 12, 'safe-on-l1: follower: safe went to 8:0xcccccccc…'],
    ['that a shorter L1 does not have', true, long + 1, 4, null],
  ])('%s', async (_, isReplaced, afterMs, head, expected) => {
    if (isReplaced) for (let number = 4; number <= head; number++) mine(number, 'b')
    await world.clock.advance(afterMs)
    apply(8, 'SYNCING')
    expect(found()).toBeNull()
    apply(8)
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  it('of where it is: the engine is told again', async () => {
    for (let number = 3; number <= 12; number++) mine(number, 'b')
    await world.clock.advance(long + 1)
    apply(6)
    expect(found()).toBeNull()
  })

  it('but not as far as it knows L1, when a fault stands on that', async () => {
    for (let number = 4; number <= 12; number++) mine(number, 'b')
    world.events.record({
      ...{ kind: 'fault', id: 1, point: 'follower→l1', fault: 'lag(9)', action: 'install' },
      json: {},
    })
    await world.clock.advance(long + 1)
    apply(8)
    expect(found()).toBeNull()
  })
})
