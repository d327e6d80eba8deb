import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeWorld, type FakeWorld, l1, l2 } from '../invariants/testing/fake-world.ts'
import { watchHolds } from './watch-holds.ts'

let world: FakeWorld
const found = () => (world.watched.failed.aborted ? String(world.watched.failed.reason) : null)
const mine = (number: number, fork = 'a') => {
  world.l1View.add(l1(number, fork), world.clock.nowMs())
  world.events.record({
    ...{ kind: 'l1-block', timestamp: 0, fork: 0 },
    block: { number, hash: l1(number, fork).hash },
  })
}
const build = (durationMs = 0) =>
  world.forkchoice('sequencer', { unsafe: l2(9).hash }, { attributes: true, durationMs })
const told = (currentL1: number) => world.report('sequencer', { currentL1: l1(currentL1) })

beforeEach(async () => {
  world = createFakeWorld()
  watchHolds(world.watched)
  for (let number = 1; number <= 8; number++) mine(number)
  await world.clock.advance(5_000)
})

describe('a sequencer that adopted the chain of its source', () => {
  beforeEach(() => world.events.record({ kind: 'reach', mark: 'follow case 4', node: 'sequencer' }))

  it.each([
    ['before its source has said anything', () => {}, 'holds: sequencer: it builds'],
    ['while its source is behind', () => told(7), 'has derived L1 up to 7 of 8'],
    ['when its source has caught up', () => told(8), null],
  ])('builds %s', (_, before, expected) => {
    before()
    build()
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  it('waits for a source that goes on, and not for one that says nothing new', async () => {
    for (const currentL1 of [3, 5]) {
      await world.clock.advance(8_000)
      told(currentL1)
    }
    await world.clock.advance(9_001)
    told(5)
    build()
    expect(found()).toBeNull()
  })

  // Campaign, seed 791189.
  it('waits no more when a source that was silent for so long comes back', async () => {
    told(5)
    await world.clock.advance(9_001)
    told(6)
    build()
    expect(found()).toBeNull()
  })

  it('does not wait anew for L1 blocks that came later', () => {
    mine(9)
    told(8)
    build()
    expect(found()).toBeNull()
  })

  it('is not judged when it was started again', () => {
    world.events.record({ kind: 'component', component: 'sequencer', action: 'start' })
    told(7)
    build()
    expect(found()).toBeNull()
  })
})

describe('a sequencer that follows, and has started', () => {
  const start = (component = 'sequencer') =>
    world.events.record({ kind: 'component', component, action: 'start' })

  it.each([
    [
      'before its source has said anything',
      9_000,
      () => {},
      'holds: sequencer: it builds 9 s after its start',
    ],
    ['after its first word', 1_000, () => told(3), null],
    ['when it has waited for so long', 9_001, () => {}, null],
  ])('builds %s', async (_, afterMs, before, expected) => {
    start()
    await world.clock.advance(afterMs)
    before()
    build()
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  it('hears it anew', () => {
    told(3)
    start()
    build()
    expect(found()).toContain('holds: sequencer: it builds 0 s after its start')
  })

  // Campaign, seed 913337: its engine was away, and so the update was given up long after the node that made it.
  it('may still be answered what it asked for before', async () => {
    start()
    await world.clock.advance(1_000)
    build(1_001)
    expect(found()).toBeNull()
    build(1_000)
    expect(found()).toContain('holds: sequencer: it builds 1 s after its start')
  })

  it('is nobody who derives', () => {
    start('reference')
    world.forkchoice('reference', { unsafe: l2(9).hash }, { attributes: true, durationMs: 0 })
    expect(found()).toBeNull()
  })
})

// Campaign, seed 840946.
it('does not wait longer for a source that says again what it said with the chain that was adopted', async () => {
  told(5)
  world.events.record({ kind: 'reach', mark: 'follow case 4', node: 'sequencer' })
  await world.clock.advance(2_000)
  told(5)
  await world.clock.advance(7_001)
  build()
  expect(found()).toBeNull()
})

// Campaign, seed 1030130: its source had not learnt of a reorg yet.
it.each([
  ['does not wait longer for what its source read of blocks that L1 has replaced', 'b', null],
  ['waits for what it read of L1', 'a', 'holds: '],
])('%s', async (_, fork, expected) => {
  told(3)
  world.events.record({ kind: 'reach', mark: 'follow case 4', node: 'sequencer' })
  await world.clock.advance(5_000)
  world.report('sequencer', { currentL1: l1(5, fork) })
  await world.clock.advance(4_001)
  build()
  if (expected === null) expect(found()).toBeNull()
  else expect(found()).toContain(expected)
})

// Campaign, seed 850518~850998: what it said in between was of another time, and refused.
it.each([
  ['does not wait longer for what a faulty link to its source may have changed', 'sequencer→reference', null],
  ['nor for what its engine may have refused', 'sequencer→sequencer-el(engine)', null],
  ['waits for what another faulty link cannot have changed', 'follower→reference', 'holds: '],
])('%s', async (_, point, expected) => {
  told(3)
  world.events.record({ kind: 'reach', mark: 'follow case 4', node: 'sequencer' })
  world.events.record({
    ...{ kind: 'fault', id: 1, point, fault: 'patch({})', action: 'install', json: { fault: 'patch' } },
  })
  await world.clock.advance(5_000)
  told(5)
  await world.clock.advance(4_001)
  build()
  if (expected === null) expect(found()).toBeNull()
  else expect(found()).toContain(expected)
})

// Campaign, seeds 840018~840996 and 1010849: L1 reorged twice within a quarter of a second, and showed the sequencer one block
// for less; and it takes a while to answer.
it.each([
  ['may hold on to what it had of L1 while it doubts a reorg', 11_000, null],
  ['has what L1 shows when it has had the time to believe it', 14_000, 'has derived L1 up to 8 of 9'],
])('a sequencer that adopts another chain %s', async (_, ms, expected) => {
  mine(9)
  world.events.record({ kind: 'l1-reorg', orphaned: [], replaced: [] })
  await world.clock.advance(ms)
  world.events.record({ kind: 'reach', mark: 'follow case 4', node: 'sequencer' })
  told(8)
  build()
  if (expected === null) expect(found()).toBeNull()
  else expect(found()).toContain(expected)
})

// Campaign, seed 1100244~1101040~1101225: it held for the block that we said it may not have seen, adopted once more, and
// built when its source had derived that.
it('a sequencer that may still hold begins no other hold', async () => {
  mine(9)
  world.events.record({ kind: 'l1-reorg', orphaned: [], replaced: [] })
  await world.clock.advance(5_000)
  const adopt = () => world.events.record({ kind: 'reach', mark: 'follow case 4', node: 'sequencer' })
  adopt()
  told(8)
  mine(10)
  await world.clock.advance(14_000)
  adopt()
  told(9)
  build()
  expect(found()).toBeNull()
  adopt()
  build()
  expect(found()).toContain('has derived L1 up to 9 of 10')
})

// Campaign, seed 760053: the engine refused the head that it synced to, and the sequencer went on with its own chain.
describe('a sequencer whose engine syncs to the chain of its source', () => {
  const adopted = l2(7, 'd').hash
  const answer = (status: string | null, outcome?: string, unsafe = adopted) =>
    world.forkchoice('sequencer', { unsafe }, { status, ...(outcome === undefined ? {} : { outcome }) })
  const adopt = () => world.events.record({ kind: 'reach', mark: 'follow case 4', node: 'sequencer' })
  const refuse = () => answer(null, 'rpc_-38002')

  beforeEach(() => {
    answer('SYNCING')
    adopt()
  })

  it.each([
    ['while it syncs', () => {}, 'holds: sequencer: it builds'],
    ['when the engine was away', () => answer(null), 'holds: sequencer: it builds'],
    ['when the engine refuses another head', () => answer(null, 'rpc_-38002', l2(9).hash), 'holds: '],
    ['when the engine refuses the head', refuse, null],
    ['when the head is invalid', () => answer('INVALID'), null],
    ['when the engine has had it before', () => [answer('VALID'), refuse()], 'holds: sequencer: it builds'],
    ['when it goes to the next head', () => [answer('SYNCING', 'ok', l2(8, 'd').hash), adopt()], 'holds: '],
    [
      'when the engine refuses the next head too',
      () => [answer('SYNCING', 'ok', l2(8, 'd').hash), adopt(), answer(null, 'rpc_-38002', l2(8, 'd').hash)],
      null,
    ],
    [
      'when only what came after an adoption is refused',
      () => {
        answer('VALID')
        answer('SYNCING', 'ok', l2(8, 'e').hash)
        adopt()
        answer(null, 'rpc_-38002', l2(8, 'e').hash)
      },
      'holds: sequencer: it builds',
    ],
  ])('builds %s', (_, before, expected) => {
    before()
    build()
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })
})

// Campaign, seed 764154~764253: L1 replaced what the source had derived, and the engine was told the own head again.
describe('a sequencer that gives up what its engine syncs to', () => {
  const adopted = l2(7, 'd')
  const own = (attributes = false) => world.forkchoice('sequencer', { unsafe: l2(9).hash }, { attributes })
  const replace = () => world.l1View.add(l1(7, 'b'), world.clock.nowMs())

  beforeEach(() => {
    for (let number = 1; number <= 8; number++) world.l1View.add(l1(number), world.clock.nowMs())
    world.report('sequencer', { localSafe: adopted, currentL1: l1(7) })
    world.forkchoice('sequencer', { unsafe: adopted.hash }, { status: 'SYNCING' })
    world.events.record({ kind: 'reach', mark: 'follow case 4', node: 'sequencer' })
  })

  it.each([
    ['when L1 has replaced it', () => [replace(), own()], null],
    ['when nothing has happened', () => own(), 'holds: sequencer: it builds'],
    ['before the engine is back', () => [replace(), own(true)], 'holds: sequencer: it builds'],
    [
      'when the engine had taken it before',
      () => [world.forkchoice('sequencer', { unsafe: adopted.hash }), replace(), own()],
      'holds: sequencer: it builds',
    ],
  ])('builds %s', (_, before, expected) => {
    before()
    build()
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })
})

// Campaign, seed 764154~764208: what its source had said while the engine synced was forgotten when the node told of it.
describe('a sequencer whose source catches up while the engine syncs', () => {
  const adopted = l2(7, 'd').hash
  const adopt = () => world.events.record({ kind: 'reach', mark: 'follow case 4', node: 'sequencer' })
  const answer = (status: string, unsafe = adopted) => world.forkchoice('sequencer', { unsafe }, { status })

  beforeEach(() => {
    answer('SYNCING')
    adopt()
    told(8)
    answer('VALID')
    adopt()
  })

  it('builds as soon as the engine has the head', () => {
    build()
    expect(found()).toBeNull()
  })

  it('holds anew for what it adopts after that, be it the same', () => {
    answer('VALID', l2(9).hash)
    answer('VALID')
    adopt()
    build()
    expect(found()).toContain('holds: sequencer: it builds')
  })
})
