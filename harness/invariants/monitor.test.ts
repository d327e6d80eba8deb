import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeWorld, type FakeWorld, l2 } from './testing/fake-world.ts'

let world: FakeWorld
beforeEach(() => {
  world = createFakeWorld()
})
const invariantEvents = () => world.recorded.filter(({ kind }) => kind === 'invariant')

describe('the watch over the invariants', () => {
  it('says how often each was judged on each node, once, and judges nothing after that', () => {
    const watch = world.watch()
    world.publish('reference', {})
    world.publish('reference', {})
    world.forkchoice('follower', { unsafe: l2(0).hash, safe: l2(0).hash, finalized: l2(0).hash })
    const never = watch.end()
    expect(watch.end()).toBe(never)
    world.publish('reference', { unsafe: l2(1) })
    expect(world.violation()).toBeNull()

    const counts = (node: string) =>
      Object.fromEntries(
        invariantEvents().flatMap((event) =>
          event.kind === 'invariant' && event.node === node ? [[event.invariant, event.evaluations]] : [],
        ),
      )
    expect(counts('reference')).toEqual({
      'heads-ordered': 2,
      'finalized-final': 2,
      'origins-canonical': 2,
    })
    expect(counts('follower')).toEqual({
      ...{ 'heads-ordered': 1, 'finalized-final': 1, 'origins-canonical': 0 },
      ...{
        'within-source': 0,
        'current-l1-from-source': 0,
        'safe-from-source': 1,
        'no-derived-attributes': 1,
      },
    })
    expect(never.filter(({ node }) => node === 'follower').map(({ invariant }) => invariant)).toEqual([
      'origins-canonical',
      'within-source',
      'current-l1-from-source',
    ])
  })

  it('expects nothing of a node that never ran', () => {
    const watch = world.watch()
    for (const starts of Object.values(world.starts)) starts.node = 0
    expect(watch.end()).toEqual([])
  })

  it('records once what a client is known not to keep, and does not fail the run for it', () => {
    world.deviates.set('heads-ordered', 'https://example.org/1')
    const watch = world.watch()
    world.chain('sequencer', 9)
    world.report('follower', {})
    world.publish('follower', { unsafe: l2(1), finalized: l2(1), localSafe: l2(0) })
    world.publish('follower', { unsafe: l2(1), finalized: l2(1), localSafe: l2(0) })
    expect(world.violation()).toBeNull()
    watch.end()
    expect(
      invariantEvents().filter(
        (event) =>
          event.kind === 'invariant' && event.invariant === 'heads-ordered' && event.node === 'follower',
      ),
    ).toMatchObject([
      { outcome: 'known', message: expect.stringContaining('https://example.org/1') },
      { outcome: 'checked' },
    ])
  })

  it('judges what was before it began, and fails the run once', () => {
    world.chain('sequencer', 9)
    world.forkchoice('reference', { unsafe: l2(4).hash, safe: l2(5).hash })
    world.watch()
    world.publish('reference', { unsafe: l2(1) })
    expect(world.violation()).toMatch(/^heads-ordered: reference: engine_forkchoiceUpdatedV3/)
    expect(invariantEvents()).toMatchObject([
      { invariant: 'heads-ordered', node: 'reference', outcome: 'violated' },
    ])
  })
})
