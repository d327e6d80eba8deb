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
