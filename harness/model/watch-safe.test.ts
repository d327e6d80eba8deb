import type { Hash } from 'viem'
import { beforeEach, expect, it } from 'vitest'
import { createFakeWorld, type FakeWorld, l1, l2 } from '../invariants/testing/fake-world.ts'
import { twoSequencers, twoVerifiersFollowing } from '../topologies.ts'
import { watchSafe } from './watch-safe.ts'

const { seqWindowSize } = twoVerifiersFollowing.parameters

let world: FakeWorld
const found = () => (world.watched.failed.aborted ? String(world.watched.failed.reason) : null)

/** Has its engine make that block. */
function build(node: string, number: number, fork = 'c'): void {
  world.events.record({
    ...{ kind: 'engine', link: `${node}→${node}-el(engine)`, method: 'engine_getPayloadV4' },
    block: { number, hash: l2(number, fork).hash, parent: l2(number - 1, fork).hash },
    ...{ outcome: 'ok', durationMs: 1 },
  })
}

function gossip(node: string, number: number, action: 'publish' | 'withhold' | 'accept'): void {
  const block = { number, hash: l2(number).hash as Hash }
  world.events.record({ kind: 'gossip', node, action, block })
}

const l1Block = (number: number) =>
  world.events.record({
    ...{ kind: 'l1-block', block: { number, hash: l1(number).hash }, timestamp: number, fork: 0 },
  })

beforeEach(() => {
  world = createFakeWorld()
})

it('is what the sequencer built', () => {
  watchSafe(world.watched)
  for (const number of [1, 2, 3]) build('sequencer', number)
  world.publish('reference', { localSafe: l2(3) })
  expect(found()).toBeNull()
})

it.each([
  ['the newest', 3],
  ['one below', 2],
])('is nothing that nobody built: %s', (_, number) => {
  watchSafe(world.watched)
  for (const one of [1, 2, 3]) build(one === number ? 'reference' : 'sequencer', one)
  world.publish('reference', { localSafe: l2(3) })
  expect(found()).toContain(`safe-is-sequenced: reference: block ${number}:0xcccccccc… is safe`)
})

it('is not what a peer that is no node calls a block', () => {
  watchSafe(world.watched)
  build('reference', 1)
  gossip('hostile', 1, 'publish')
  world.publish('reference', { localSafe: l2(1) })
  expect(found()).toContain('safe-is-sequenced: reference: block 1:')
})

it.each([
  [seqWindowSize - 1, false],
  [seqWindowSize, true],
])('may be of nobody once the window of its epoch has passed: with L1 at %d: %s', (head, holds) => {
  watchSafe(world.watched)
  l1Block(head)
  build('reference', 1)
  world.publish('reference', { localSafe: l2(1) })
  expect(found() === null).toBe(holds)
})

it('is not judged where somebody else says what is safe', () => {
  watchSafe(world.watched)
  build('reference', 1)
  world.publish('follower', { localSafe: l2(1) })
  expect(found()).toBeNull()
})

/** The sequencer's engine builds what is derived, too. */
const deriving = () => {
  const cls = new Map(world.watched.cls)
  const { sequencer } = twoVerifiersFollowing.cls
  cls.set('sequencer', {
    ...cls.get('sequencer')!,
    spec: { ...sequencer, mode: twoSequencers.cls.first.mode },
  })
  watchSafe({ ...world.watched, cls })
  build('sequencer', 1)
}

it.each([
  ['publish', true],
  // Campaign, seed 820198: after a pause of a minute.
  ['withhold', true],
  ['accept', false],
] as const)(
  'of a sequencer that derives: may be what it made, as its gossip tells by "%s": %s',
  (action, holds) => {
    deriving()
    gossip('sequencer', 1, action)
    world.publish('reference', { localSafe: l2(1) })
    expect(found() === null).toBe(holds)
    if (!holds) return
    build('sequencer', 2)
    world.publish('reference', { localSafe: l2(2) })
    expect(found()).toContain('block 2:')
  },
)

it.each([
  [9_000, true],
  [31_000, false],
])('of a sequencer that derives: may be what it built %d ms before it ended: %s', async (ms, holds) => {
  deriving()
  await world.clock.advance(ms)
  world.events.record({ kind: 'component', component: 'sequencer', action: 'kill' })
  world.publish('reference', { localSafe: l2(1) })
  expect(found() === null).toBe(holds)
})
