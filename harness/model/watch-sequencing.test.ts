import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeWorld, type FakeWorld, l1, l2 } from '../invariants/testing/fake-world.ts'
import { watchSequencing } from './watch-sequencing.ts'

let world: FakeWorld
const found = () => (world.watched.failed.aborted ? String(world.watched.failed.reason) : null)
const mine = (number: number, fork = 'a') => {
  world.l1View.add(l1(number, fork), world.clock.nowMs())
  world.events.record({
    ...{ kind: 'l1-block', timestamp: 0, fork: 0 },
    block: { number, hash: l1(number, fork).hash },
  })
}

beforeEach(async () => {
  world = createFakeWorld()
  watchSequencing(world.watched)
  for (let number = 1; number <= 8; number++) mine(number)
  await world.clock.advance(5_000)
})

describe('a sequencer that was stopped', () => {
  const tell = (mark: string, node = 'sequencer') => world.events.record({ kind: 'reach', mark, node })
  const seal = (node: string, ok = true) =>
    world.events.record({
      ...{ kind: 'engine', link: `${node}→${node}-el(engine)`, method: 'engine_getPayloadV4' },
      ...{ outcome: ok ? 'ok' : 'unreachable', durationMs: 1 },
      ...(ok ? { block: { number: 9, hash: l2(9).hash } } : {}),
    })

  it.each([
    ['one that was not', () => seal('sequencer'), null],
    [
      'at once',
      () => [tell('sequencer stopped'), seal('sequencer')],
      'stopped: sequencer: it was stopped, and finished block 9',
    ],
    ['never, when it could not ask', () => [tell('sequencer stopped'), seal('sequencer', false)], null],
    ['after a start', () => [tell('sequencer stopped'), tell('sequencer started'), seal('sequencer')], null],
    ['which derives', () => [tell('sequencer stopped', 'reference'), seal('reference')], null],
  ])('finishes a block: %s', (_, act, expected) => {
    act()
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })
})

describe('the L1 origin of an unsafe block', () => {
  const head = (number: number, origin: ReturnType<typeof l1>) =>
    world.events.record({
      ...{ kind: 'head', node: 'sequencer', level: 'unsafe' },
      block: { number, hash: l2(number).hash, parent: l2(number - 1).hash },
      origin: { number: Number(origin.number), hash: origin.hash },
    })

  it.each([
    ['is that of its parent', l1(3), null],
    ['is the child of that', l1(4), null],
    ['is another child of another block', l1(4, 'b'), 'origin-by-origin: sequencer: block 6'],
    ['leaves one out', l1(5), 'origin-by-origin: sequencer: block 6'],
  ])('%s', (_, origin, expected) => {
    mine(3, 'b')
    mine(4, 'b')
    head(5, l1(3))
    head(6, origin)
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  it.each([
    ['and is deep enough on L1', 'sequencer', 6, null],
    [
      'and is not',
      'sequencer',
      7,
      'origins-confirmed: sequencer: it built block 6 on the L1 origin 7, with L1 at 8',
    ],
    ['unless somebody else built it', 'reference', 7, null],
  ])('is that of a block that it built, %s', (_, builder, origin, expected) => {
    head(5, l1(origin - 1))
    world.events.record({
      ...{ kind: 'engine', link: `${builder}→${builder}-el(engine)`, method: 'engine_getPayloadV4' },
      block: { number: 6, hash: l2(6).hash, parent: l2(5).hash },
      ...{ outcome: 'ok', durationMs: 1 },
    })
    head(6, l1(origin))
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })
})

it.each([
  ['at its time', 2, 0, 0, null],
  ['a block time before it', 1, 0, 0, null],
  ['a millisecond earlier', 1, 1, 0, 'slots: sequencer: it published block 7'],
  ['a minute late', 62, 0, 0, null],
  ['later', 64, -1, 0, 'slots: sequencer: it published block 7 62.001 s after its time'],
  ['later, by a peer that is no node', 64, -1, 0, null, 'hostile'],
  // Campaign, seed 4000124.
  ['earlier, by a clock that is ahead', 1, 1_000, 1_000, null],
  [
    'at its time, by a clock that is behind',
    2,
    0,
    -2_000,
    'slots: sequencer: it published block 7 2 s before',
  ],
])(
  'a block is published no sooner than a block time before its own, and not when peers must refuse it: %s',
  async (_, blocks, earlyMs, aheadMs, expected, node = 'sequencer') => {
    const json = { fault: 'clockSkew', ms: aheadMs }
    world.events.record({
      ...{ kind: 'fault', id: 1, point: 'sequencer', fault: 'clockSkew', action: 'install', json },
    })
    world.events.record({ kind: 'component', component: 'sequencer', action: 'start' })
    const { l2BlockTime } = world.watched.parameters
    const genesisMs = Number(world.watched.rollup.genesis.l2Time) * 1_000
    await world.clock.advance(genesisMs + (5 + blocks) * l2BlockTime * 1_000 - earlyMs - world.clock.nowMs())
    const block = { number: 7, hash: l2(7).hash }
    world.events.record({ kind: 'gossip', node, action: 'publish', block })
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  },
)
