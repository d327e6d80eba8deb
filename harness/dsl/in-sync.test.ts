import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { zeroL1BlockRef } from '../../node/protocol/refs.ts'
import { twoVerifiersFollowing } from '../topologies.ts'
import type { Level } from '../world/levels.ts'
import { gapBlocksMax } from './sync-gap.ts'
import { fakeHash } from './testing/fake-hash.ts'
import { createFakeRun, type FakeNode, type FakeRun } from './testing/fake-run.ts'
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

/** A reference that builds a block each second for so long, beside a follower that `follow` moves. */
async function blocksPass(seconds: number, follow: (head: number) => void): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    const head = (fake.world.clock.nowMs() - 1_000_000) / 1000 + 10
    reference.set({ unsafe: head })
    follow(head)
    await fake.clock.advance(1_000)
  }
}

/** The follower is told by its source that everything up to there is safe. */
function sourceReports(head: number): void {
  const block = (number: number) => ({ number, hash: fakeHash(number) })
  const at = (number: number) => ({ ...block(number), origin: block(0) })
  const heads = {
    unsafe: at(head),
    localSafe: at(head),
    crossSafe: at(0),
    finalized: at(0),
    currentL1: block(0),
  }
  const answer = { kind: 'source', outcome: 'ok', durationMs: 1, heads } as const
  fake.world.events.record({ ...answer, follower: 'follower', source: 'reference' })
}

describe('inSync', () => {
  it('takes the higher head of the start as target, and compares hashes at the lower height', async () => {
    follower.set({ unsafe: 3 })
    reference.set({ unsafe: 8 })
    const waiting = track(follower.node.inSync(reference.node, 'unsafe'))
    await fake.clock.advance(500)
    expect(waiting.state).toBe('pending')
    follower.set({ unsafe: 8 })
    reference.set({ unsafe: 10 })
    await fake.clock.advance(500)
    expect(waiting.state).toBe('done')
  })

  it('fails at once when both have finalized, and not the same', async () => {
    follower.set({ unsafe: 8, finalized: 3 }, 'b')
    reference.set({ unsafe: 8, finalized: 2 })
    const waiting = track(follower.node.inSync(reference.node, 'unsafe'))
    await fake.clock.advance(500)
    // The follower's engine has what the reference finalized.
    expect(waiting.state).toBe('pending')
    follower.otherBlocks.set(2n, fakeHash(2, 'b'))
    await fake.clock.advance(500)
    expect(waiting.failure?.facts).toMatchObject({
      kind: 'impossible',
      found: expect.stringMatching(
        /^reference has finalized 2:0x.*, and follower has 0x\w+ there, finalized as well$/,
      ),
    })
  })

  it.each([
    { name: 'more than two blocks apart', low: 8, high: 11 },
    { name: 'below the target', low: 7, high: 8 },
  ])('goes on waiting while they are $name', async ({ low, high }) => {
    reference.set({ unsafe: 8 })
    follower.set({ unsafe: 3 })
    const waiting = track(follower.node.inSync(reference.node, 'unsafe'))
    await fake.clock.settle()
    reference.set({ unsafe: high })
    await fake.clock.advance(250)
    follower.set({ unsafe: low })
    await fake.clock.advance(2_000)
    expect(waiting.state).toBe('pending')
  })

  it('is not content with another block at that height, and remembers an engine that cannot be asked', async () => {
    reference.set({ unsafe: 8 })
    follower.set({ unsafe: 8 }, 'b')
    const waiting = track(follower.node.inSync(reference.node, 'unsafe'))
    await fake.clock.advance(1_000)
    expect(waiting.state).toBe('pending')
    follower.set({ unsafe: 8 })
    reference.engineError = new Error('engine: connection refused')
    follower.engineError = reference.engineError
    await fake.clock.advance(1_000)
    expect(waiting.state).toBe('pending')
    await fake.clock.advance(60_000)
    expect(waiting.failure?.message).toContain('engine: connection refused')
  })

  it('fails by the node that lags, however far the other one goes', async () => {
    const waiting = track(follower.node.inSync(reference.node, 'unsafe'))
    await blocksPass(50, () => {})
    expect(waiting.failure?.facts).toMatchObject({
      kind: 'stalled',
      notes: [expect.stringMatching(/; follower at 0 for 47\.\d s of at most 47\.0 s$/)],
    })
  })

  it('fails while gossip is cut: what comes with the safe chain is too late', async () => {
    await follower.node.network.isolate()
    const waiting = track(follower.node.inSync(reference.node, 'unsafe'))
    // A good day for the safe chain: four blocks behind.
    await blocksPass(250, (head) => follower.set({ unsafe: head - 4, localSafe: head - 4 }))
    expect(waiting.failure?.facts).toMatchObject({ kind: 'late' })
    expect(waiting.failure?.facts.deeds).toEqual([
      expect.stringMatching(/^follower: cut off from all gossip by the scenario/),
    ])
  })

  it('by gossip is not content with an unsafe head that its source knows to be safe', async () => {
    const bySafe = (head: number) => {
      sourceReports(head - 1)
      follower.set({ unsafe: head - 1, localSafe: head - 3 })
    }
    const plain = track(follower.node.inSync(reference.node, 'unsafe'))
    const byGossip = track(follower.node.inSync(reference.node, 'unsafe', { by: 'gossip' }))
    await blocksPass(20, bySafe)
    expect([plain.state, byGossip.state]).toEqual(['done', 'pending'])
    await blocksPass(1, (head) => follower.set({ unsafe: head }))
    await fake.clock.advance(250)
    expect(byGossip.state).toBe('done')
  })
})

describe('gapBlocksMax', () => {
  it.each<{ level: Level; gossip: boolean; l1BlockTime: number; gap: bigint }>([
    { level: 'unsafe', gossip: true, l1BlockTime: 2, gap: 2n },
    // As far as the safe chain: three L1 blocks and two L2 blocks.
    { level: 'unsafe', gossip: false, l1BlockTime: 2, gap: 8n },
    { level: 'localSafe', gossip: true, l1BlockTime: 2, gap: 3n },
    { level: 'localSafe', gossip: false, l1BlockTime: 12, gap: 13n },
    { level: 'finalized', gossip: true, l1BlockTime: 1, gap: 2n },
  ])('$level, gossip $gossip, L1 blocks of $l1BlockTime s: $gap', ({ level, gossip, l1BlockTime, gap }) => {
    const topology = {
      ...twoVerifiersFollowing,
      // Over the reference alone.
      gossip: gossip ? twoVerifiersFollowing.gossip.filter((pair) => pair.includes('reference')) : [],
    }
    const parameters = { ...topology.parameters, l1BlockTime }
    expect(gapBlocksMax(topology, parameters, ['sequencer', 'follower'], level)).toBe(gap)
  })
})

describe('currentL1Matches', () => {
  const l1 = (number: number, fork = '1') => ({
    ...zeroL1BlockRef,
    number: BigInt(number),
    hash: fakeHash(number, fork),
  })

  it('wants both to go on, on the canonical L1', async () => {
    for (const number of [1, 2, 3]) fake.world.l1.view.add(l1(number), 0)
    for (const node of [follower, reference]) node.setStatus({ currentL1: l1(1) })
    const waiting = track(follower.node.currentL1Matches(reference.node))
    await fake.clock.advance(1_000)
    reference.setStatus({ currentL1: l1(3) })
    follower.setStatus({ currentL1: l1(2, '2') })
    await fake.clock.advance(1_000)
    expect(waiting.state).toBe('pending')
    follower.setStatus({ currentL1: l1(2) })
    await fake.clock.advance(500)
    expect(waiting.state).toBe('done')
  })

  it('fails by the node that stands still', async () => {
    for (const node of [follower, reference]) node.setStatus({ currentL1: l1(1) })
    const waiting = track(follower.node.currentL1Matches(reference.node))
    for (let number = 2; waiting.state === 'pending'; number++) {
      fake.world.l1.view.add(l1(number), 0)
      reference.setStatus({ currentL1: l1(number) })
      await fake.clock.advance(1_000)
    }
    expect(waiting.failure?.facts).toMatchObject({
      kind: 'stalled',
      notes: [expect.stringContaining('follower at 1 for ')],
    })
  })
})
