import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatRef } from '../../node/protocol/refs.ts'
import { ScenarioFailure } from './failure.ts'
import { fakeHash } from './testing/fake-hash.ts'
import { createFakeRun, type FakeNode, type FakeRun } from './testing/fake-run.ts'
import { l2 } from './testing/fake-world.ts'
import { track } from './testing/track.ts'

let fake: FakeRun
let follower: FakeNode
let reference: FakeNode
beforeEach(() => {
  fake = createFakeRun()
  follower = fake.nodes.follower
  reference = fake.nodes.reference
})
afterEach(() => fake.stop())

describe('reached and advanced', () => {
  it('end when the head is there', async () => {
    follower.set({ unsafe: 4 })
    const reached = track(follower.node.reached('unsafe', 5))
    const advanced = track(follower.node.advanced('unsafe', 2))
    await fake.clock.advance(1_000)
    expect([reached.state, advanced.state]).toEqual(['pending', 'pending'])
    follower.set({ unsafe: 5 })
    await fake.clock.advance(250)
    expect([reached.state, advanced.state]).toEqual(['done', 'pending'])
    follower.set({ unsafe: 6 })
    await fake.clock.advance(250)
    expect(advanced.state).toBe('done')
  })

  it('fail with the state of every node when nothing moves', async () => {
    await fake.clock.advance(250)
    follower.set({ unsafe: 4, localSafe: 2 })
    reference.set({ unsafe: 9 })
    const waiting = track(follower.node.reached('unsafe', 5))
    await fake.clock.advance(60_000)
    expect(waiting.failure?.message).toMatchInlineSnapshot(`
      "follower: unsafe reaches 5: no progress

        expected   follower.unsafe ≥ 5
        found      follower.unsafe is 4:0xaaaaaaaa…
        time       waited 19.3 s of at most 43.0 s; no progress for 19.0 s of at most 19.0 s

        node       unsafe  localSafe  crossSafe  finalized  currentL1  headL1  seen
        sequencer  -       -          -          -          -          -       0 ms ago
        reference  9:aaaa  -          -          -          -          -       0 ms ago
        follower   4:aaaa  2:aaaa     -          -          -          -       0 ms ago
        l1 head 0, safe 0, finalized 0, production on

        reproduce  npx lockstep accept FollowL2_Fake
        artefacts  .lockstep/runs/fake"
    `)
  })

  it('fail at once when a component fails', async () => {
    const waiting = track(follower.node.reached('unsafe', 5))
    await fake.clock.settle()
    fake.world.fail(new Error('follower ended with exit code 1 by itself\nits last log lines:\n  boom'))
    await fake.clock.settle()
    expect(waiting.failure?.message).toContain('follower ended with exit code 1 by itself\n')
    expect(waiting.failure?.message).toContain('boom')
    await expect(fake.run.failure).rejects.toBeInstanceOf(ScenarioFailure)
  })
})

describe('notAdvanced', () => {
  it('ends after the time of the blocks', async () => {
    follower.set({ unsafe: 4 })
    const waiting = track(follower.node.notAdvanced('unsafe', { blocks: 3 }))
    await fake.clock.advance(2_900)
    expect(waiting.state).toBe('pending')
    await fake.clock.advance(600)
    expect(waiting.state).toBe('done')
  })

  it('fails when the head moves, also back', async () => {
    follower.set({ unsafe: 4 })
    const waiting = track(follower.node.notAdvanced('unsafe', { blocks: 3 }))
    await fake.clock.advance(1_000)
    follower.set({ unsafe: 3 })
    await fake.clock.advance(250)
    expect(waiting.failure?.facts).toMatchObject({
      kind: 'violated',
      found: expect.stringContaining('unsafe is 3:'),
    })
  })
})

describe('holds and reorged', () => {
  it('look at the canonical block of the engine', async () => {
    follower.set({ unsafe: 8 })
    const held = { number: 7n, hash: fakeHash(7) }
    const holds = track(follower.node.holds(held))
    const reorged = track(follower.node.reorged(held))
    await fake.clock.advance(500)
    expect([holds.state, reorged.state]).toEqual(['done', 'pending'])
    follower.otherBlocks.set(7n, fakeHash(7, 'b'))
    await fake.clock.advance(500)
    expect(reorged.state).toBe('done')
  })

  it('fail at once when another block, or the old one, is finalized there', async () => {
    const origin = (await fake.world.l1.controller.mine())[0]!
    const gone = l2(7, 'a', origin)
    const { replaced } = await fake.world.l1.controller.reorg(origin.number)
    follower.set({ unsafe: 12, finalized: 6 })
    follower.otherBlocks.set(7n, fakeHash(7, 'b'))
    const [holds, reorged] = [track(follower.node.holds(gone)), track(follower.node.reorged(l2(5)))]
    await fake.clock.advance(500)
    expect([holds.state, reorged.failure?.facts.kind]).toEqual(['pending', 'impossible'])
    expect(reorged.failure?.facts.found).toBe(`follower's block 5 is ${fakeHash(5)}, finalized`)
    follower.set({ finalized: 8 })
    await fake.clock.advance(500)
    expect(holds.failure?.facts).toMatchObject({
      what: `follower: holds ${formatRef(gone)}: it cannot come true any more`,
      found: `follower's block 7 is ${fakeHash(7, 'b')}, finalized; the L1 origin ${formatRef(origin)} of ${formatRef(gone)} was orphaned by ${formatRef(replaced[0]!)} 750 ms ago`,
      notes: ['waited 750 ms'],
    })
  })
})

describe('origins that can never be', () => {
  it('fail at once, and not before the finalized head is past them', async () => {
    const [one, two] = await fake.world.l1.controller.mine({ blocks: 2 })
    const other = { number: one!.number, hash: fakeHash(1, 'other') }
    follower.setStatus({ unsafeL2: l2(9, 'a', two), finalizedL2: l2(0) })
    const waiting = track(follower.node.reachedOrigin('unsafe', other))
    await fake.clock.advance(500)
    expect(waiting.state).toBe('pending')
    follower.setStatus({ finalizedL2: l2(4, 'a', one) })
    await fake.clock.advance(500)
    expect(waiting.failure?.facts.kind).toBe('impossible')
    expect(waiting.failure?.facts.found).toContain(
      `finalized is ${formatRef(l2(4))} with the origin ${formatRef(one!)}`,
    )
  })
})

describe('caughtUp', () => {
  it('waits until the head is at most one block behind the clock', async () => {
    const now = BigInt(Math.floor(fake.clock.nowMs() / 1000))
    const aged = (seconds: bigint) => ({ unsafeL2: { ...l2(5, 'a'), timestamp: now - seconds } })
    follower.setStatus(aged(3n))
    const caughtUp = track(follower.node.caughtUp())
    await fake.clock.advance(250)
    expect(caughtUp.state).toBe('pending')
    follower.setStatus(aged(1n))
    await fake.clock.advance(250)
    expect(caughtUp.state).toBe('done')
  })
})

describe('converged and keepsEqual', () => {
  it('converged waits for one block at both levels', async () => {
    follower.set({ unsafe: 8, localSafe: 6 })
    const waiting = track(follower.node.converged('localSafe', 'unsafe'))
    await fake.clock.advance(500)
    follower.set({ localSafe: 8 }, 'b')
    await fake.clock.advance(500)
    expect(waiting.state).toBe('pending')
    follower.set({ localSafe: 8 })
    await fake.clock.advance(500)
    expect(waiting.state).toBe('done')
  })

  it('keepsEqual fails at the first observation where they differ, and not after `during`', async () => {
    follower.set({ unsafe: 8, localSafe: 8 })
    const done = Promise.withResolvers<void>()
    const good = track(follower.node.keepsEqual('unsafe', 'localSafe', () => done.promise))
    const bad = track(follower.node.keepsEqual('unsafe', 'localSafe', () => new Promise(() => {})))
    await fake.clock.advance(500)
    done.resolve()
    await fake.clock.settle()
    expect(good.state).toBe('done')
    follower.set({ unsafe: 9 })
    await fake.clock.advance(250)
    expect(bad.failure?.facts).toMatchObject({ kind: 'violated' })
  })
})

describe('reachedL1', () => {
  it('waits for an origin of that number or a higher one', async () => {
    const at = (number: number) => ({
      localSafeL2: l2(5, 'a', { number: BigInt(number), hash: fakeHash(number, '1') }),
    })
    follower.setStatus(at(1))
    const reached = track(follower.node.reachedL1('localSafe', 2))
    await fake.clock.advance(250)
    expect(reached.state).toBe('pending')
    follower.setStatus(at(3))
    await fake.clock.advance(250)
    expect(reached.state).toBe('done')
  })
})

describe('reachedOrigin and originsCanonical', () => {
  it('compare origins by hash', async () => {
    const origin = { number: 1n, hash: fakeHash(1, '2') }
    const stale = { number: 1n, hash: fakeHash(1, '1') }
    fake.world.l1.view.add(origin, 0)
    follower.set({ localSafe: 1, finalized: 1 })
    const genesis = { number: 0n, hash: fakeHash(0, '1') }
    const known = l2(1, 'a', genesis)
    follower.setStatus({ unsafeL2: l2(5, 'a', stale), localSafeL2: known, safeL2: known, finalizedL2: known })
    const reached = track(follower.node.reachedOrigin('unsafe', origin))
    const canonical = track(follower.node.originsCanonical())
    await fake.clock.advance(500)
    expect([reached.state, canonical.state]).toEqual(['pending', 'pending'])
    follower.setStatus({ unsafeL2: l2(5, 'b', origin) })
    await fake.clock.advance(500)
    expect([reached.state, canonical.state]).toEqual(['done', 'done'])
  })
})
