import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeWorld, type FakeWorld, l2 } from '../invariants/testing/fake-world.ts'
import { watchBlocks } from './watch-blocks.ts'

let world: FakeWorld
const found = () => (world.watched.failed.aborted ? String(world.watched.failed.reason) : null)

beforeEach(() => {
  world = createFakeWorld()
  watchBlocks(world.watched)
  for (let number = 1; number <= 9; number++)
    world.events.record({
      ...{ kind: 'engine', link: 'sequencer→sequencer-el(engine)', method: 'engine_getPayloadV4' },
      block: { number, hash: l2(number).hash, parent: l2(number - 1).hash },
      ...{ outcome: 'ok', durationMs: 1 },
    })
})

it.each([
  ['that was made', 5, 'c', 'accept', null],
  ['that nobody made', 5, 'd', 'accept', 'blocks-exist: follower: it takes block 5:'],
  ['that it refuses', 5, 'd', 'reject', null],
] as const)('a node is given a block %s', (_, number, fork, action, expected) => {
  const block = { number, hash: l2(number, fork).hash }
  world.events.record({ kind: 'gossip', node: 'follower', action, block })
  if (expected === null) expect(found()).toBeNull()
  else expect(found()).toContain(expected)
})

describe('a source that is of another chain', () => {
  const foreign = (more: object = {}) =>
    world.events.record({
      ...{ kind: 'fault', id: 1, point: 'follower→reference', fault: 'anotherChain', action: 'install' },
      json: { fault: 'anotherChain', l2ChainId: 999, ...more },
    })
  const removed = () =>
    world.events.record({
      ...{ kind: 'fault', id: 1, point: 'follower→reference', fault: 'anotherChain', action: 'remove' },
    })
  const told = () => world.forkchoice('follower', { unsafe: l2(9, 'd').hash, safe: l2(5).hash })
  const failed = () =>
    world.events.record({
      ...{ kind: 'source', follower: 'follower', source: 'reference' },
      ...{ outcome: 'unreachable', durationMs: 1 },
    })

  it('may be taken for what it was, and its block stays what is synced to', () => {
    foreign()
    told()
    world.events.record({
      ...{ kind: 'fault', id: 1, point: 'follower→reference', fault: 'anotherChain', action: 'remove' },
    })
    told()
    expect(found()).toBeNull()
  })

  it('may be, for as long as it is so only now and then', async () => {
    foreign({ when: [{ probability: 0.3 }] })
    failed()
    await world.clock.advance(120_000)
    told()
    expect(found()).toBeNull()
  })

  // Campaign, seed 810224~810328: that fault answered when the source was asked for its chain, and gave the right one.
  it.each([
    ['the same link, too', 'follower→reference', null],
    ['another link, not', 'follower→l1', 'is unsafe, which nobody made'],
  ])('while another fault stands on %s', (_, point, expected) => {
    foreign()
    world.events.record({
      ...{ kind: 'fault', id: 2, point, fault: 'patch({})', action: 'install' },
      json: { fault: 'patch', json: {}, when: [{ probability: 0.6 }] },
    })
    world.events.record({ kind: 'reach', mark: 'error_identity', node: 'follower' })
    told()
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  describe('and cannot be asked for its chain', () => {
    const silent = (fault = 'refuse', to = 'optimism_rollupConfig') =>
      world.events.record({
        ...{ kind: 'fault', id: 2, point: 'follower→reference', fault, action: 'install' },
        json: { fault, when: [{ to: [to] }] },
      })
    const named = () => world.events.record({ kind: 'reach', mark: 'error_identity', node: 'follower' })
    const started = () => world.events.record({ kind: 'component', component: 'follower', action: 'start' })

    it.each<[string, (() => unknown)[], boolean]>([
      ['is followed, as one that does not tell', [silent, foreign, failed], true],
      ['is for long, when it was silent later', [foreign, failed, silent], true],
      ['is not, when it has named its chain', [foreign, named, silent], false],
      ['is not, when it has named it in between', [silent, foreign, named], false],
      ['is by one that was started again since', [foreign, named, silent, started], true],
      ['may be, when it answers something', [foreign, named, () => silent('patch')], true],
      ['may be, when its status is not its own', [foreign, named, () => silent('refuse', '*')], true],
    ])('%s', async (_, acts, follows) => {
      for (const act of acts) act()
      await world.clock.advance(61_000)
      told()
      if (follows) expect(found()).toBeNull()
      else expect(found()).toContain('is unsafe, which nobody made')
    })

    it('takes the place of a head unasked', async () => {
      world.forkchoice('follower', { unsafe: l2(9).hash })
      await world.clock.advance(70_000)
      foreign()
      await world.clock.advance(1)
      world.report('follower', { localSafe: l2(9, 'd') })
      silent()
      world.forkchoice('follower', { unsafe: l2(9, 'd').hash })
      expect(found()).toBeNull()
    })
  })

  it.each([
    ['for more than a minute', () => world.clock.advance(61_000)],
    ['after an answer that failed', async () => failed()],
    [
      'when the follower has seen it',
      async () => world.events.record({ kind: 'reach', mark: 'error_identity', node: 'follower' }),
    ],
  ])('but not %s', async (_, pass) => {
    foreign()
    await pass()
    told()
    expect(found()).toContain('is unsafe, which nobody made')
  })

  // Campaign, seed 730046: it was asked for its chain after it was of another, for a status from before.
  it.each([
    [3_900, null],
    [4_000, 'is unsafe, which nobody made'],
  ])(
    'may have told what is still under way %d ms after the follower has heard of it again: %s',
    async (ms, expected) => {
      foreign()
      world.events.record({
        ...{ kind: 'fault', id: 1, point: 'follower→reference', fault: 'anotherChain', action: 'remove' },
      })
      // An engine that hangs may hold what was told for longer, and the next poll with it.
      await world.clock.advance(12_000)
      told()
      expect(found()).toBeNull()
      world.events.record({
        ...{ kind: 'source', follower: 'follower', source: 'reference', outcome: 'ok', durationMs: 1 },
      })
      await world.clock.advance(ms)
      world.forkchoice('follower', { unsafe: l2(10, 'd').hash, safe: l2(5).hash })
      if (expected === null) expect(found()).toBeNull()
      else expect(found()).toContain(expected)
    },
  )

  describe('is asked before a head is replaced', () => {
    const hear = async (number: number) => {
      // It was asked after the last thing that was done to it.
      await world.clock.advance(1)
      world.report('follower', { localSafe: l2(number, 'd') })
    }
    const follow = (number: number) => world.forkchoice('follower', { unsafe: l2(number, 'd').hash })
    const patched = (action: 'install' | 'remove') =>
      world.events.record({
        ...{ kind: 'fault', id: 2, point: 'follower→reference', fault: 'patch({})', action },
        json: { fault: 'patch', json: {} },
      })
    beforeEach(async () => {
      world.forkchoice('follower', { unsafe: l2(9).hash })
      await world.clock.advance(70_000)
    })

    // Recorded incident hold-for-a-target-taken-back.
    it('nor while its engine syncs to one that is as high', async () => {
      world.forkchoice('follower', { unsafe: l2(4).hash })
      world.forkchoice('follower', { unsafe: l2(9).hash }, { status: 'SYNCING' })
      foreign()
      await hear(10)
      follow(10)
      expect(found()).toBeNull()
    })

    // Campaign, seed answer-of-an-update-lost~940469: its engine answered garbage to what its peers gave it.
    it('unless its engine has not taken it', async () => {
      world.forkchoice('follower', { unsafe: l2(8).hash })
      world.forkchoice('follower', { unsafe: l2(9).hash }, { status: null })
      foreign()
      await hear(9)
      follow(9)
      expect(found()).toBeNull()
    })

    it.each([
      ['by another block there', 9, 'it leaves its head 9 for 9:0xdddddddd… of a source'],
      ['by one far ahead', 13, 'it leaves its head 9 for 13:'],
      ['not by one of the next', 12, null],
    ])('%s', async (_, number, expected) => {
      foreign()
      await hear(number)
      follow(number)
      if (expected === null) expect(found()).toBeNull()
      else expect(found()).toContain(expected)
    })

    it.each([
      [
        'for what it told before it was of another chain',
        async () => {
          await hear(9)
          foreign()
        },
      ],
      [
        'for what it told with its last word of it',
        async () => {
          foreign()
          await hear(9)
          removed()
        },
      ],
      [
        'while it is so only now and then',
        async () => {
          foreign({ when: [{ probability: 0.3 }] })
          await hear(9)
        },
      ],
      [
        'where it could not be asked a short time ago',
        async () => {
          patched('install')
          patched('remove')
          foreign()
          await hear(9)
        },
      ],
    ])('and nothing is known %s', async (_, act) => {
      await act()
      follow(9)
      expect(found()).toBeNull()
    })
  })

  it('and nothing of it is safe', () => {
    foreign()
    world.forkchoice('follower', { unsafe: l2(9).hash, safe: l2(5, 'd').hash })
    expect(found()).toContain('is safe, which nobody made')
  })
})

describe('the blocks that heads name', () => {
  it('were made by some engine', () => {
    world.publish('follower', {})
    world.forkchoice('follower', { unsafe: l2(9).hash, safe: l2(5).hash })
    expect(found()).toBeNull()
  })

  it.each([
    [
      'a published one that nobody made',
      () => world.publish('follower', { localSafe: l2(5, 'd') }),
      'which nobody made',
    ],
    [
      'a published one under the number of another',
      () => world.publish('follower', { localSafe: { ...l2(5), number: 7n } }),
      'localSafe 7:0xcccccccc…, which is block 5',
    ],
    [
      'an engine that is told of one',
      () => world.forkchoice('follower', { unsafe: l2(9, 'd').hash }),
      'is unsafe, which nobody made',
    ],
    [
      'an engine that is told of a safe one',
      () => world.forkchoice('follower', { unsafe: l2(9).hash, safe: l2(5, 'd').hash }),
      'is safe, which nobody made',
    ],
  ])('and not: %s', (_, act, expected) => {
    act()
    expect(found()).toContain('blocks-exist: follower')
    expect(found()).toContain(expected)
  })
})
