import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeWorld, type FakeWorld, l2 } from '../invariants/testing/fake-world.ts'
import { watchBatches } from './watch-batches.ts'

let world: FakeWorld
const found = () => (world.watched.failed.aborted ? String(world.watched.failed.reason) : null)

/** The sequencer is at block 20, the reference has so many safe. */
async function publishFor(seconds: number, safe: number): Promise<void> {
  for (let count = 0; count <= seconds; count += 10) {
    world.publish('sequencer', { unsafe: l2(20) })
    world.publish('reference', { unsafe: l2(20), localSafe: l2(safe) })
    await world.clock.advance(10_000)
  }
}

beforeEach(() => {
  world = createFakeWorld()
  watchBatches(world.watched)
  world.events.record({ kind: 'l1-production', on: true })
  world.events.record({ kind: 'component', component: 'batcher', action: 'start' })
})

describe('what the sequencer built', () => {
  it('becomes safe', async () => {
    await publishFor(300, 20)
    expect(found()).toBeNull()
  })

  it('does not stay behind', async () => {
    await publishFor(300, 19)
    expect(found()).toContain(
      'batches-go-on: reference: local-safe is 19, and the sequencer had built block 20',
    )
  })

  it.each<[string, () => void]>([
    [
      'the batcher is stopped',
      () => world.events.record({ kind: 'component', component: 'batcher', action: 'stop' }),
    ],
    ['L1 stands still', () => world.events.record({ kind: 'l1-production', on: false })],
    [
      'a fault stands anywhere',
      () =>
        world.events.record({
          kind: 'fault',
          id: 1,
          point: 'batcher→l1',
          fault: 'hang',
          action: 'install',
          json: {},
        }),
    ],
  ])('may, while %s', async (_, prepare) => {
    prepare()
    await publishFor(300, 19)
    expect(found()).toBeNull()
  })
})
