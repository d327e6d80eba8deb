import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeWorld, type FakeWorld, l2 } from '../invariants/testing/fake-world.ts'
import { createFollowCases } from './follow-cases.ts'
import { createL2Blocks } from './l2-blocks.ts'

let world: FakeWorld
let reached: string[]
beforeEach(() => {
  world = createFakeWorld()
  reached = []
  const blocks = createL2Blocks({ number: 0, hash: l2(0).hash })
  const cases = createFollowCases(blocks)
  world.events.subscribe((event) => {
    blocks.add(event)
    for (const fact of cases.add(event)) if (fact.kind === 'reach') reached.push(`${fact.node}: ${fact.mark}`)
  })
  world.chain('sequencer', 9)
  world.chain('reference', 9, 'd')
})
const hash = (number: number, fork?: string) => l2(number, fork).hash
const told = (number: number, fork?: string) =>
  world.report('follower', { localSafe: l2(number, fork), finalized: l2(0) })
const update = (unsafe: number, safe: number, fork?: string, status = 'VALID') =>
  world.forkchoice('follower', { unsafe: hash(unsafe, fork), safe: hash(safe, fork) }, { status })

describe('createFollowCases', () => {
  it('case 1: the source is ahead, and nobody else told of its block', () => {
    told(5)
    update(0, 0)
    update(5, 5, 'c', 'SYNCING')
    expect(reached).toEqual(['follower: follow case 1'])
  })

  it('is not case 1 when the block came by gossip', () => {
    told(5)
    update(0, 0)
    world.chain('follower', 5)
    update(5, 0)
    expect(reached).toEqual([])
  })

  it('case 3: labels alone, told again only after a while', async () => {
    told(2)
    told(3)
    update(9, 0)
    update(9, 2)
    update(9, 3)
    update(9, 3)
    expect(reached).toEqual(['follower: follow case 3'])
    await world.clock.advance(10_000)
    told(4)
    update(9, 4)
    expect(reached).toHaveLength(2)
  })

  it('case 4: the source has another block at or below our height', () => {
    update(0, 0)
    told(5, 'd')
    update(8, 0)
    update(5, 5, 'd')
    expect(reached).toEqual(['follower: follow case 4'])
  })

  it.each([
    { name: 'the engine refuses', status: 'INVALID', unsafe: 5, fork: 'd' },
    { name: 'it goes back along its own chain', status: 'VALID', unsafe: 5, fork: 'c' },
    { name: 'it goes to a block that the source did not tell of', status: 'VALID', unsafe: 4, fork: 'd' },
  ])('is no case when $name', ({ status, unsafe, fork }) => {
    told(5, 'c')
    told(5, 'd')
    update(8, 0)
    update(unsafe, 0, fork, status)
    expect(reached).toEqual([])
  })

  it('has none for a node that derives', () => {
    world.forkchoice('reference', { unsafe: hash(8) })
    world.forkchoice('reference', { unsafe: hash(5, 'd'), safe: hash(5, 'd') })
    expect(reached).toEqual([])
  })
})
