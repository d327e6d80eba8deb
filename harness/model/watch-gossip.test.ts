import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeWorld, type FakeWorld, l1 } from '../invariants/testing/fake-world.ts'
import { watchGossip } from './watch-gossip.ts'

let world: FakeWorld
const found = () => (world.watched.failed.aborted ? String(world.watched.failed.reason) : null)
const refuse = (reason: string, peer = 'sequencer') =>
  world.events.record({ kind: 'gossip', node: 'follower', action: 'reject', reason, peer })
const hostile = (fault: string) =>
  world.events.record({ kind: 'fault', id: 1, point: 'hostile', fault, action: 'hit', hits: 1 })
const restart = (component: string) => world.events.record({ kind: 'component', component, action: 'start' })

beforeEach(async () => {
  world = createFakeWorld()
  restart('follower')
  watchGossip(world.watched)
  world.events.record({ kind: 'booted', durationMs: 0 })
  await world.clock.advance(5_000)
})

describe('a node that refuses a block', () => {
  it.each([
    ['for its signer', () => {}, 'wrong_signer', 'hears-its-signer: follower: it refuses'],
    ['for another reason', () => {}, 'wrong_hash', null],
    ['for its signer, started again since', () => restart('follower'), 'wrong_signer', null],
    [
      'for its signer, after an L1 reorg',
      () =>
        world.events.record({
          kind: 'l1-reorg',
          orphaned: [{ number: 3, hash: l1(3).hash }],
          replaced: [{ number: 3, hash: l1(3, 'b').hash }],
        }),
      'wrong_signer',
      null,
    ],
  ])('%s', (_, before, reason, expected) => {
    before()
    refuse(reason)
    if (expected === null) expect(found()).toBeNull()
    else expect(found()).toContain(expected)
  })

  it('of a peer that is no node for being seen, which only repeats of true blocks are', () => {
    hostile('duplicate, 2 times')
    refuse('seen', '16Uiu2HAm')
    expect(found()).toBeNull()
  })

  it('that another has signed for being seen', () => {
    hostile('badSignature')
    refuse('seen')
    expect(found()).toBeNull()
    refuse('seen', '16Uiu2HAm')
    expect(found()).toContain('hears-its-signer: follower: it has seen before')
  })

  it('for its signer, of a peer that is no node of the world', () => {
    refuse('wrong_signer', '16Uiu2HAm')
    expect(found()).toBeNull()
    refuse('wrong_signer')
    expect(found()).toContain('hears-its-signer: follower: it refuses')
  })
})
