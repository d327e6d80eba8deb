import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { watchInvariants } from '../invariants/monitor.ts'
import { fakeHash } from './testing/fake-hash.ts'
import { createFakeRun, type FakeRun } from './testing/fake-run.ts'
import { l2 } from './testing/fake-world.ts'

let fake: FakeRun
beforeEach(() => {
  fake = createFakeRun()
})
afterEach(() => fake.stop())

describe('the watch over the invariants', () => {
  it('ends only when the checks under way are done, and they still count', async () => {
    const { follower } = fake.nodes
    const busy = Promise.withResolvers<void>()
    const unwatch = watchInvariants(fake.world)
    follower.set({ unsafe: 3, localSafe: 3, finalized: 1 })
    follower.setStatus({ safeL2: l2(3) })
    await fake.clock.advance(250)
    // Finalized moves to another chain, which only the engine can tell; it takes its time.
    follower.engineBusy = busy.promise
    follower.otherBlocks.set(1n, fakeHash(1, 'b'))
    follower.set({ unsafe: 5, localSafe: 5, finalized: 2 })
    await fake.clock.advance(250)

    let ended = false
    const ending = unwatch().then(() => {
      ended = true
    })
    await fake.clock.advance(250)
    expect([ended, String(fake.world.failed.reason)]).toEqual([false, 'undefined'])
    busy.resolve()
    await ending
    expect(String(fake.world.failed.reason)).toMatch(/invariant finalized-final violated: follower/)
  })
})
