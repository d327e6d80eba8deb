import { beforeEach, describe, expect, it } from 'vitest'
import { zeroL1BlockRef } from '../../node/protocol/refs.ts'
import { createFakeWorld, type FakeWorld, type Heads, l1, l2 } from '../invariants/testing/fake-world.ts'
import { twoVerifiersFollowing } from '../topologies.ts'
import { calmMs } from './calm.ts'
import { watchProgress } from './watch-progress.ts'

const calm = calmMs(twoVerifiersFollowing.parameters)
let world: FakeWorld

const heads = (localSafe: number, currentL1: number, finalized = 1): Heads => ({
  ...{ unsafe: l2(20), localSafe: l2(localSafe), finalized: l2(finalized), currentL1: l1(currentL1) },
})
const found = () => (world.watched.failed.aborted ? String(world.watched.failed.reason) : null)
const mine = (number: number) => {
  world.l1View.add(l1(number), world.clock.nowMs())
  world.events.record({
    ...{ kind: 'l1-block', timestamp: 0, fork: 0 },
    block: { number, hash: l1(number).hash },
  })
}

beforeEach(async () => {
  world = createFakeWorld()
  watchProgress(world.watched)
  world.chain('reference', 20)
  for (let number = 1; number <= 4; number++) mine(number)
  // The boot is a disturbance as well.
  world.events.record({ kind: 'component', component: 'follower', action: 'ready' })
  await world.clock.advance(calm + 1)
})

describe('a follower that nothing disturbs', () => {
  beforeEach(() => world.report('follower', heads(10, 4, 3)))

  it('may take its time', async () => {
    await world.clock.advance(calm - 1)
    world.publish('follower', heads(5, 2))
    expect(found()).toBeNull()
  })

  it.each([
    ['has all of it', heads(10, 4, 3), null],
    ['has more', heads(12, 4, 3), null],
    ['lacks safe blocks', heads(9, 4, 3), 'localSafe is 9, expected at least 10'],
    ['does not mirror currentL1', heads(10, 3, 3), 'currentL1 is 3, expected at least 4'],
    ['lacks finality', heads(10, 4, 2), 'finalized is 2, expected at least 3'],
  ])('then %s', async (_, published, missing) => {
    await world.clock.advance(calm + 1)
    world.publish('follower', published)
    if (missing === null) expect(found()).toBeNull()
    else expect(found()).toContain(`follows-on: follower: ${missing}`)
  })

  // Campaign, seed 900474: the source had lost everything, and L1 what it had told before.
  it.each([
    ['nothing of a source that is below its finalized block', 4, null],
    ['what a source tells that is as far', 3, 'follows-on: follower: currentL1 is 3, expected at least 4'],
  ])('owes %s', async (_, finalized, missing) => {
    world.report('follower', heads(3, 4, 1))
    await world.clock.advance(calm + 1)
    world.publish('follower', heads(10, 3, finalized))
    if (missing === null) expect(found()).toBeNull()
    else expect(found()).toContain(missing)
  })

  // Campaign, seed 930089~930106~930129~930987: the source had lost everything, and its finality came before ours.
  it.each([
    ['no finality of a source that derives again what we have', 4, 10, null],
    [
      'that of one that has derived more of L1',
      2,
      10,
      'follows-on: follower: currentL1 is 2, expected at least 3',
    ],
    ['that of one that is as far', 3, 5, 'follows-on: follower: finalized is 1, expected at least 3'],
    [
      'nor is one behind that says as much',
      4,
      5,
      'follows-on: follower: finalized is 1, expected at least 3',
    ],
  ])('owes %s', async (_, currentL1, localSafe, missing) => {
    world.report('follower', heads(5, 3, 3))
    await world.clock.advance(calm + 1)
    world.publish('follower', heads(localSafe, currentL1, 1))
    if (missing === null) expect(found()).toBeNull()
    else expect(found()).toContain(missing)
  })

  // A guard against replays that never ends looks like a source that says nothing.
  it.each([
    ['what its source says since', 5, 'follows-on: follower: currentL1 is 0, expected at least 5'],
    ['not what is behind L1 of its start', 4, null],
  ])('owes, when it was started again: %s', async (_, currentL1, missing) => {
    world.events.record({ kind: 'component', component: 'follower', action: 'start' })
    world.report('follower', heads(8, 4))
    mine(5)
    await world.clock.advance(calm)
    world.report('follower', heads(8, currentL1))
    await world.clock.advance(calm + 1)
    world.publish('follower', { ...heads(10, 0), currentL1: zeroL1BlockRef })
    if (missing === null) expect(found()).toBeNull()
    else expect(found()).toContain(missing)
  })

  // Campaign, seeds 990011~990302 and 990058~990084~990251.
  it.each<[string, ('start' | 'told' | 'no place')[]]>([
    ['before that', ['told', 'start']],
    ['before it had no place on L1 itself', ['start', 'told', 'no place']],
  ])('owes, when it was started again, nothing that its source said %s', async (_, acts) => {
    mine(5)
    for (const act of acts) {
      if (act === 'start') world.events.record({ kind: 'component', component: 'follower', action: 'start' })
      else
        world.report('follower', {
          ...heads(8, 5),
          ...(act === 'no place' ? { currentL1: zeroL1BlockRef } : {}),
        })
      await world.clock.advance(1)
    }
    await world.clock.advance(2 * calm)
    world.publish('follower', { ...heads(8, 0), currentL1: zeroL1BlockRef })
    expect(found()).toBeNull()
  })

  it('owes nothing for a while where it takes currentL1 back for all that it had', async () => {
    world.events.record({ kind: 'component', component: 'follower', action: 'start' })
    world.report('follower', heads(8, 4))
    mine(5)
    world.report('follower', heads(8, 5))
    await world.clock.advance(calm + 1)
    world.publish('follower', heads(10, 5, 3))
    world.publish('follower', { ...heads(10, 0), currentL1: zeroL1BlockRef })
    expect(found()).toBeNull()
  })

  it('owes nothing that own L1 contradicts', async () => {
    world.report('follower', { ...heads(15, 4), currentL1: l1(4, 'b') })
    await world.clock.advance(calm + 1)
    world.publish('follower', heads(10, 4, 3))
    expect(found()).toBeNull()
  })

  it.each([
    ['not what L1 has replaced since', heads(10, 3, 3), null],
    ['what its source told before', heads(9, 3, 3), 'localSafe is 9, expected at least 10'],
  ])('owes after a reorg, of which the source does not know: %s', async (_, published, missing) => {
    world.report('follower', heads(10, 3, 3))
    world.report('follower', heads(12, 4, 3))
    world.events.record({
      ...{ kind: 'l1-reorg', orphaned: [{ number: 4, hash: l1(4).hash }] },
      replaced: [{ number: 4, hash: l1(4, 'b').hash }],
    })
    await world.clock.advance(calm + 1)
    world.publish('follower', published)
    if (missing === null) expect(found()).toBeNull()
    else expect(found()).toContain(missing)
  })

  it.each([
    ['its own link', 'follower→reference', null],
    ['any component', 'reference-el', null],
    ['the link of another', 'reference→l1', 'currentL1 is 2'],
  ])('is excused by a fault on %s: %s', async (_, point, missing) => {
    world.events.record({
      kind: 'fault',
      id: 1,
      point,
      fault: 'hang',
      action: 'install',
      json: { fault: 'hang' },
    })
    await world.clock.advance(calm + 1)
    world.publish('follower', heads(5, 2))
    if (missing === null) expect(found()).toBeNull()
    else expect(found()).toContain(missing)
  })
})

describe('a follower whose source goes on to what L1 does not have', () => {
  // Campaign, seed 750014~750097: the status was told for two seconds while its engine was away.
  it.each([
    ['while something disturbed it, and L1 replaced what came then', true, false, null],
    ['while something disturbed it, before what L1 had replaced', true, true, null],
    ['in calm, and L1 replaced what came then', false, false, 'currentL1 is 2, expected at least 3'],
    ['in calm, before what L1 had replaced', false, true, 'currentL1 is 2, expected at least 3'],
  ])('owes what it was told %s', async (_, isDisturbed, toldLate, missing) => {
    if (isDisturbed) world.events.record({ kind: 'component', component: 'follower-el', action: 'ready' })
    world.report('follower', heads(10, 3, 3))
    const orphan = { ...heads(12, 4, 3), currentL1: toldLate ? l1(4, 'b') : l1(4) }
    world.report('follower', orphan)
    world.events.record({
      ...{ kind: 'l1-reorg', orphaned: [{ number: 4, hash: orphan.currentL1.hash }] },
      replaced: [{ number: 4, hash: toldLate ? l1(4).hash : l1(4, 'b').hash }],
    })
    await world.clock.advance(calm + 1)
    world.publish('follower', heads(10, 2, 3))
    if (missing === null) expect(found()).toBeNull()
    else expect(found()).toContain(`follows-on: follower: ${missing}`)
  })
})

// Campaign, seed 784135~784159~784303: the engine had synced to what a peer gave it, and the source had another chain by then.
describe("a follower's unsafe block", () => {
  it.each([
    ['another chain at its height', l2(10, 'd'), null],
    ['another chain above it', l2(24, 'd'), 'heads-stay: follower: unsafe went from 20 to 8'],
    ['its own chain', l2(10), 'heads-stay: follower: unsafe went from 20 to 8'],
  ])('goes back when its source has %s', (_, localSafe, expected) => {
    world.chain('reference', 24, 'd')
    world.forkchoice('follower', { unsafe: l2(20).hash, safe: l2(5).hash })
    world.report('follower', { ...heads(10, 4), localSafe })
    world.forkchoice('follower', { unsafe: l2(8).hash, safe: l2(5).hash })
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })
})

describe("a follower's safe block", () => {
  const back = 'heads-stay: follower: safe went from 10 to 8'

  // Campaign, seed 790211: a source that had been reset told its heads beside the L1 block that it began to read again.
  it.each([
    ['when its source has derived more of L1 since, and says less', heads(10, 2), null],
    ['but not when it derived as much of L1 for it', heads(10, 4), back],
  ])('goes back %s', (_, higher, expected) => {
    for (const status of [heads(8, 4), higher, heads(8, 4)]) world.report('follower', status)
    world.forkchoice('follower', { unsafe: l2(20).hash, safe: l2(10).hash })
    world.forkchoice('follower', { unsafe: l2(20).hash, safe: l2(8).hash })
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  const lose = (number: number) =>
    world.events.record({
      ...{ kind: 'l1-reorg', orphaned: [{ number, hash: l1(number).hash }] },
      replaced: [{ number, hash: l1(number, 'b').hash }],
    })

  // Campaign, seed 750014~750065: the L1 of the source was behind by five blocks for half a minute.
  it.each([
    ['however late its source learns of a reorg', [heads(10, 4)], [heads(8, 3)], null],
    // A source that follows takes `currentL1` back before its heads (step 8).
    ['also when it was told again of less of L1', [heads(10, 4), heads(10, 2)], [heads(8, 3)], null],
    ['but not of its own accord', [heads(10, 4)], [], back],
    ['but not below what its source says', [heads(10, 4)], [heads(9, 3)], back],
    [
      'but not while an L1 block that is left speaks for it',
      [heads(10, 3), heads(10, 4)],
      [heads(8, 3)],
      back,
    ],
  ])('goes back %s', async (_, before, after, expected) => {
    for (const status of before) world.report('follower', status)
    world.forkchoice('follower', { unsafe: l2(20).hash, safe: l2(10).hash })
    lose(4)
    await world.clock.advance(calm + 1)
    for (const status of after) world.report('follower', status)
    world.forkchoice('follower', { unsafe: l2(20).hash, safe: l2(8).hash })
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  // Campaign, seed 764194~764257: source and follower both had a slow L1, and the follower believed what L1 had replaced.
  it.each([
    ['that its source told on a block that L1 had replaced by then', 'a', null],
    ['but not that its source told on a block that L1 never had', 'c', back],
  ])('goes back from what %s', async (_, fork, expected) => {
    world.l1View.add(l1(4, 'b'), world.clock.nowMs())
    lose(4)
    world.report('follower', { ...heads(10, 4), currentL1: l1(4, fork) })
    world.forkchoice('follower', { unsafe: l2(20).hash, safe: l2(10).hash })
    await world.clock.advance(calm + 1)
    world.report('follower', heads(8, 3))
    world.forkchoice('follower', { unsafe: l2(20).hash, safe: l2(8).hash })
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  it('does not go back with a source that replays what it told', () => {
    world.report('follower', heads(10, 4))
    world.forkchoice('follower', { unsafe: l2(20).hash, safe: l2(10).hash })
    world.report('follower', heads(8, 3))
    world.forkchoice('follower', { unsafe: l2(20).hash, safe: l2(8).hash })
    expect(found()).toContain(back)
  })

  it('keeps what it was told before a disturbance as what speaks for it', async () => {
    world.events.record({ kind: 'component', component: 'follower', action: 'ready' })
    world.report('follower', heads(10, 3))
    world.forkchoice('follower', { unsafe: l2(20).hash, safe: l2(10).hash })
    world.report('follower', { ...heads(10, 4), currentL1: l1(4, 'b') })
    await world.clock.advance(calm + 1)
    world.report('follower', heads(8, 3))
    world.forkchoice('follower', { unsafe: l2(20).hash, safe: l2(8).hash })
    expect(found()).toContain(back)
  })
})

// Campaign, seed 750063: the engine of the source was slow, and the source went back long after L1 did.
describe('a follower whose source goes back late for a reorg', () => {
  beforeEach(() => {
    world.report('follower', heads(8, 3))
    world.forkchoice('follower', { unsafe: l2(20).hash, safe: l2(8).hash })
    world.report('follower', heads(10, 4))
    world.forkchoice('follower', { unsafe: l2(20).hash, safe: l2(10).hash })
  })

  it.each([
    ['with what L1 has taken back', 4, heads(8, 2), 8, null],
    ['but not to what its source has never told', 4, heads(8, 2), 7, 'safe went from 10 to 7'],
    ['nor before its source does', 4, heads(10, 2), 8, 'safe went from 10 to 8'],
    ['nor when L1 has replaced another block', 3, heads(8, 2), 8, 'safe went from 10 to 8'],
  ])('takes safe back %s', async (_, replaced, told, safe, expected) => {
    world.events.record({
      ...{ kind: 'l1-reorg', orphaned: [{ number: replaced, hash: l1(replaced).hash }] },
      replaced: [{ number: replaced, hash: l1(replaced, 'b').hash }],
    })
    await world.clock.advance(calm + 1)
    world.report('follower', told)
    world.forkchoice('follower', { unsafe: l2(20).hash, safe: l2(safe).hash })
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(`heads-stay: follower: ${expected}`)
  })

  // Campaign, seed 800339~800379: the follower saw the reorg, and its source was blind for half a minute.
  it.each([
    ['from where it went by itself, below what L1 has taken back', 12, 9, null],
    ['but not from above all that its source has told', 10, 11, 'safe went from 11 to 8'],
  ])('goes back %s', async (_, told, own, expected) => {
    world.report('follower', heads(told, 4))
    world.events.record({ kind: 'l1-reorg', orphaned: [{ number: 4, hash: l1(4).hash }], replaced: [] })
    world.forkchoice('follower', { unsafe: l2(20).hash, safe: l2(own).hash })
    await world.clock.advance(calm + 1)
    world.report('follower', heads(8, 2))
    world.forkchoice('follower', { unsafe: l2(20).hash, safe: l2(8).hash })
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(`heads-stay: follower: ${expected}`)
  })

  it.each([
    ['its unsafe head, also where that was safe', { unsafe: 10, safe: 10 }, 8, 'unsafe went from 10 to 8'],
    ['what its source has never told', { unsafe: 20, safe: 12 }, 20, 'safe went from 12 to 8'],
  ])('keeps %s', async (_, before, unsafe, expected) => {
    world.events.record({ kind: 'l1-reorg', orphaned: [{ number: 4, hash: l1(4).hash }], replaced: [] })
    world.forkchoice('follower', { unsafe: l2(before.unsafe).hash, safe: l2(before.safe).hash })
    await world.clock.advance(calm + 1)
    world.report('follower', heads(8, 2))
    world.forkchoice('follower', { unsafe: l2(unsafe).hash, safe: l2(8).hash })
    expect(found()).toContain(`heads-stay: follower: ${expected}`)
  })
})

describe('a node that derives and that nothing disturbs', () => {
  it.each([
    [3, 4, null],
    [2, 3, null],
    [3, 3, 'derives-on: reference: currentL1 has been 3'],
  ])(
    'has read L1 up to where its head was, or goes on: from %s to %s',
    async (before, currentL1, expected) => {
      world.publish('reference', heads(10, before))
      await world.clock.advance(calm + 1)
      mine(5)
      world.publish('reference', heads(10, currentL1))
      if (expected === null) expect(found()).toBeNull()
      else expect(found()).toContain(expected)
    },
  )

  it.each([
    ['forward', l2(12), null],
    ['back', l2(8), 'heads-stay: reference: safe went from 10 to 8'],
    ['to another chain', l2(11, 'd'), 'safe-stays: reference: safe went from 10 to 11'],
  ])('takes safe %s', (_, to, expected) => {
    world.chain('reference', 20, 'd')
    const update = (safe: typeof to, fork = 'c') =>
      world.forkchoice('reference', { unsafe: l2(20, fork).hash, safe: safe.hash })
    update(l2(10))
    update(to, to.hash === l2(11, 'd').hash ? 'd' : 'c')
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  it.each([
    ['the node', 'reference', 'heads-stay: reference: unsafe went from 20 to 15'],
    ['its engine', 'reference-el', null],
  ])('keeps its heads when %s was started again', (_, component, expected) => {
    world.forkchoice('reference', { unsafe: l2(20).hash, safe: l2(10).hash })
    world.events.record({ kind: 'component', component, action: 'start' })
    world.forkchoice('reference', { unsafe: l2(15).hash, safe: l2(10).hash })
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  // Campaign, seed 770046~770267: its node could not ask the engine for half a minute after that.
  it.each([
    ['was wiped', 'wipe', null],
    ['was stopped', 'stop', 'heads-stay: reference: safe went from 10 to 0'],
  ] as const)('begins anew however long ago its engine %s', async (_, action, expected) => {
    world.forkchoice('reference', { unsafe: l2(20).hash, safe: l2(10).hash })
    world.events.record({ kind: 'component', component: 'reference-el', action })
    await world.clock.advance(calm + 1)
    world.forkchoice('reference', { unsafe: l2(20).hash, safe: l2(0).hash })
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  it.each([
    ['an L1 that lags', 'reference→l1', 'lag', 'heads-stay: reference: unsafe went from 20 to 15'],
    ['an L1 that answers nothing', 'reference→l1', 'nullResult', 'heads-stay'],
    ['an L1 that shows another fork', 'reference→l1', 'shows', null],
    ['an engine that is away', 'reference→reference-el(engine)', 'hang', null],
  ])('does not go back for %s', (_, point, fault, expected) => {
    world.forkchoice('reference', { unsafe: l2(20).hash, safe: l2(10).hash })
    world.events.record({ kind: 'fault', id: 1, point, fault, action: 'install', json: { fault } })
    world.events.record({ kind: 'component', component: 'reference', action: 'start' })
    world.forkchoice('reference', { unsafe: l2(15).hash, safe: l2(10).hash })
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  it.each([
    ['just before its L1 became slow', 0, 3, null],
    ['when an L1 that was slow for long has shown it', 0.9, 3, null],
    ['but not long after that', 0.9, 12, 'heads-stay: reference: unsafe went from 20 to 15'],
    ['nor when its L1 became slow later', 1.1, 3, 'heads-stay'],
  ])('goes back for a reorg %s', async (_, slowAfter, looks, expected) => {
    world.forkchoice('reference', { unsafe: l2(20).hash, safe: l2(10).hash })
    world.events.record({ kind: 'l1-reorg', orphaned: [], replaced: [] })
    const slow = { kind: 'fault', id: 1, point: 'reference→l1', fault: 'slow(6000 ms)' } as const
    await world.clock.advance(slowAfter * calm)
    world.events.record({ ...slow, action: 'install', json: { fault: 'slow' } })
    for (let hits = 1; hits <= 3; hits++) {
      await world.clock.advance(calm / 4)
      world.events.record({ ...slow, action: 'hit', hits })
    }
    await world.clock.advance((looks * calm) / 8)
    world.forkchoice('reference', { unsafe: l2(15).hash, safe: l2(10).hash })
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  // Campaign, seed 930511~931656: at one call a second it took it 21 s.
  it.each([
    ['its L1 refused to be asked so often', 'status(429), with probability 0.6', null],
    ['its L1 did not answer', 'status(503)', 'heads-stay: reference: unsafe went from 20 to 15'],
  ])('goes back late for a reorg when %s', async (_, fault, expected) => {
    world.forkchoice('reference', { unsafe: l2(20).hash, safe: l2(10).hash })
    world.events.record({ kind: 'l1-reorg', orphaned: [], replaced: [] })
    world.events.record({ kind: 'fault', id: 1, point: 'reference→l1', fault, action: 'hit', hits: 1 })
    await world.clock.advance(calm + 19_000)
    world.forkchoice('reference', { unsafe: l2(15).hash, safe: l2(10).hash })
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  it.each<[string, number, number, string | null, 'exit' | 'pause', 'start' | 'resume']>([
    ['while it did not run', 0.5, 0.5, null, 'exit', 'start'],
    ['long before it ended', -2.5, 0.5, 'heads-stay: reference: unsafe went from 20 to 15', 'exit', 'start'],
    ['while it did not run, but not long after its start', 0.5, 1.5, 'heads-stay', 'exit', 'start'],
    // Campaign, seed 850072~852116.
    ['while it was paused', 0.5, 0.5, null, 'pause', 'resume'],
  ])('goes back for a reorg %s', async (_, reorgAt, after, expected, ends, starts) => {
    world.forkchoice('reference', { unsafe: l2(20).hash, safe: l2(10).hash })
    const reorg = () => world.events.record({ kind: 'l1-reorg', orphaned: [], replaced: [] })
    if (reorgAt < 0) {
      reorg()
      await world.clock.advance(-reorgAt * calm)
    }
    world.events.record({ kind: 'component', component: 'reference', action: ends })
    await world.clock.advance(0.5 * calm)
    if (reorgAt > 0) reorg()
    await world.clock.advance(2 * calm)
    world.events.record({ kind: 'component', component: 'reference', action: starts })
    await world.clock.advance(after * calm)
    world.forkchoice('reference', { unsafe: l2(15).hash, safe: l2(10).hash })
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  // Campaign, seed 870818: L1 stood still for half a minute on the shorter chain.
  it.each([
    ['goes back when L1 has a block again where a reorg left none', 8, null],
    ['does not for a block on top of all that there was', 9, 'heads-stay'],
  ])('%s', async (_, number, expected) => {
    for (let height = 5; height <= 8; height++) mine(height)
    world.events.record({ kind: 'l1-reorg', orphaned: [{ number: 8, hash: l1(8).hash }], replaced: [] })
    world.forkchoice('reference', { unsafe: l2(20).hash, safe: l2(10).hash })
    await world.clock.advance(2 * calm)
    mine(number)
    world.forkchoice('reference', { unsafe: l2(15).hash, safe: l2(10).hash })
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  it.each(['reset by L1 reorg', 'reset by derivation', 'reset at start'])('has no %s', (mark) => {
    world.events.record({ kind: 'reach', mark, node: 'reference' })
    expect(found()).toContain(`no-needless-reset: reference: ${mark}`)
  })

  it('resets when an operator asks for it, or after a reorg', () => {
    world.events.record({ kind: 'reach', mark: 'reset by admin', node: 'reference' })
    world.events.record({ kind: 'l1-reorg', orphaned: [], replaced: [] })
    world.events.record({ kind: 'reach', mark: 'reset by L1 reorg', node: 'reference' })
    expect(found()).toBeNull()
  })
})

// Campaign, seed 871126: the engine had synced to what its peers built from below the safe block.
it.each([
  ['of an engine that is on another chain, when an operator resets its node', true, 'd', null],
  ['of one that is not', true, 'c', 'heads-stay: follower: safe went from 10 to 8'],
  ['of one that is, when nobody resets its node', false, 'd', 'heads-stay: follower: safe went from 10 to 8'],
])('safe goes back to what is read %s', (_, isReset, fork, expected) => {
  world.chain('sequencer', 21, 'd')
  world.forkchoice('follower', { unsafe: l2(20).hash, safe: l2(10).hash })
  if (isReset) world.events.record({ kind: 'reach', mark: 'reset by admin', node: 'follower' })
  world.forkchoice('follower', { unsafe: l2(20, fork).hash, safe: l2(8).hash })
  if (expected === null) expect(found()).toBeNull()
  else expect(found()).toContain(expected)
})

it('a node that derives has no place on L1 at its start', async () => {
  world.events.record({ kind: 'component', component: 'reference', action: 'start' })
  mine(5)
  const starting = { ...heads(10, 0), currentL1: zeroL1BlockRef }
  for (let times = 0; times < 3; times++) {
    await world.clock.advance(calm + 1)
    world.publish('reference', starting)
  }
  expect(found()).toBeNull()
})
