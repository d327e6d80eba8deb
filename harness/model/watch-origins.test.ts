import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeWorld, type FakeWorld, l1, l2 } from '../invariants/testing/fake-world.ts'
import { calmMs } from './calm.ts'
import { watchOrigins } from './watch-origins.ts'

let world: FakeWorld
const found = () => (world.watched.failed.aborted ? String(world.watched.failed.reason) : null)
/** L1 block `number` has that time, in seconds; L2 block n has the time n. */
const mine = (number: number, timestamp: number) =>
  world.events.record({
    ...{ kind: 'l1-block', timestamp, fork: 0 },
    block: { number, hash: l1(number).hash },
  })
const build = (number: number, by = 'sequencer') =>
  world.events.record({
    ...{ kind: 'engine', link: `${by}→${by}-el(engine)`, method: 'engine_getPayloadV4' },
    block: { number, hash: l2(number).hash, parent: l2(number - 1).hash },
    ...{ outcome: 'ok', durationMs: 1 },
  })
const publish = (number: number, origin: number, sequenceNumber: number) =>
  world.publish('sequencer', {
    unsafe: {
      ...l2(number, 'c', l1(origin)),
      ...{ sequenceNumber: BigInt(sequenceNumber), timestamp: BigInt(number) },
    },
  })
const seenMs = () => 1_000 * (world.watched.parameters.l1BlockTime + world.watched.parameters.l2BlockTime)

/** A world whose sequencer asks for so many confirmations. */
const watch = (l1Confirmations: number) => {
  world = createFakeWorld()
  const node = world.watched.cls.get('sequencer')!
  const sequencer = { ...node, spec: { ...node.spec, sequencer: { l1Confirmations } } }
  watchOrigins({ ...world.watched, cls: new Map([['sequencer', sequencer]]) })
}

beforeEach(async () => {
  watch(0)
  mine(3, 12)
  await world.clock.advance(calmMs(world.watched.parameters) + 1)
  mine(4, 20)
})

describe('the L1 origin of a block', () => {
  it.each([
    ['is behind what it may be', 20, 3, 1, 'origins-go-on: sequencer: it built block 20 on the L1 origin 3'],
    ['is of the time of the block at most', 19, 3, 1, null],
    ['is one further than that of its parent', 20, 3, 0, null],
    ['is the newest there is', 20, 4, 1, null],
  ])('%s', async (_, number, origin, sequenceNumber, expected) => {
    await world.clock.advance(seenMs() + 1)
    build(number)
    publish(number, origin, sequenceNumber)
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  it.each([
    ['that the sequencer has only just seen', () => seenMs(), () => build(20)],
    ['of a block of somebody else', () => seenMs() + 1, () => build(20, 'reference')],
    ['of a block that nobody was seen to build', () => seenMs() + 1, () => {}],
  ])('is not judged by one %s', async (_, afterMs, act) => {
    await world.clock.advance(afterMs())
    act()
    publish(20, 3, 1)
    expect(found()).toBeNull()
  })

  it('is not judged when something was done to the sequencer', async () => {
    await world.clock.advance(seenMs() + 1)
    world.events.record({
      ...{ kind: 'fault', id: 1, point: 'sequencer→l1', action: 'hit' },
      ...{ fault: 'slow' },
    })
    build(20)
    publish(20, 3, 1)
    expect(found()).toBeNull()
  })

  // Campaign, seed 921235~921891: L1 stood still after a reorg to a shorter chain.
  it('is not one that a reorg took away', async () => {
    await world.clock.advance(seenMs() + 1)
    const orphan = { number: 4, hash: l1(4).hash }
    world.events.record({ kind: 'l1-reorg', orphaned: [orphan], replaced: [] })
    await world.clock.advance(calmMs(world.watched.parameters) + 1)
    build(20)
    publish(20, 3, 1)
    expect(found()).toBeNull()
  })

  it('waits for the confirmations that are asked for', async () => {
    watch(1)
    mine(3, 12)
    mine(4, 20)
    await world.clock.advance(calmMs(world.watched.parameters) + seenMs())
    build(20)
    publish(20, 3, 1)
    expect(found()).toBeNull()
    mine(5, 24)
    await world.clock.advance(seenMs() + 1)
    build(21)
    publish(21, 3, 2)
    expect(found()).toContain('origins-go-on: sequencer: it built block 21 on the L1 origin 3')
  })
})
