import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeEngine } from './engine/testing/fake-engine.ts'
import type { FollowSource } from './ports/follow-source.ts'
import type { SyncStatus } from './protocol/sync-status.ts'
import {
  createNodeWorld,
  followSourceOf,
  type NodeWorld,
  onOneChain,
  type WorldNode,
} from './testing/node-world.ts'

let world: NodeWorld
let reference: WorldNode
let sequencer: WorldNode

beforeEach(async () => {
  world = createNodeWorld()
  reference = await world.start('reference')
  sequencer = await world.start('sequencer', { follows: reference, sequencer: {} })
})
afterEach(async () => {
  expect([reference.failure, sequencer.failure]).toEqual([null, null])
  await world.stop()
})

const heads = ({ status }: WorldNode) => {
  const { unsafeL2, localSafeL2, safeL2, finalizedL2 } = status()
  return [unsafeL2, localSafeL2, safeL2, finalizedL2].map(({ number }) => number)
}

/** The reference as a source whose statuses go through `change` while it is set. */
function lyingSource() {
  const honest = followSourceOf(reference)
  const source = {
    change: null as ((status: SyncStatus) => SyncStatus) | null,
    async syncStatus(signal: AbortSignal) {
      const status = await honest.syncStatus(signal)
      return source.change === null ? status : source.change(status)
    },
    chainIdentity: honest.chainIdentity,
  }
  return source satisfies FollowSource
}

describe('a follower publishes only what its engine has', () => {
  it('an engine without peers: the source’s heads are a target, and optimism_syncStatus says what the engine says', async () => {
    await world.until('finalized 5', () => reference.status().finalizedL2.number >= 5n)
    world.gossip.isolate('late')
    const late = await world.start('late', { follows: reference, el: createFakeEngine(world.chain) })
    for (let second = 0; second < 40; second++) {
      await world.pass(1)
      expect(heads(late)).toEqual([0n, 0n, 0n, 0n])
      expect(late.status().currentL1.number).toBe(0n)
    }
    expect(late.node.followStatus()).toMatchObject({ applied: null, target: { localSafe: {} } })
    expect(late.node.followStatus()?.target?.localSafe.number).toBeGreaterThan(5n)
    expect(late.failure).toBeNull()
  })
})

describe('a source that lies', () => {
  const lie = (number: bigint, timestamp: (status: SyncStatus) => bigint) => (status: SyncStatus) => {
    const far = {
      ...status.localSafeL2,
      number,
      hash: `0x${'bad1'.repeat(16)}` as const,
      timestamp: timestamp(status),
    }
    return { ...status, unsafeL2: far, localSafeL2: far, safeL2: far, finalizedL2: far }
  }

  it.each([
    ['once', 1_000],
    ['for ten seconds', 10_000],
  ])(
    'with heads far above everything, %s: nothing moves, and all goes on when it is honest again',
    async (_name, ms) => {
      const source = lyingSource()
      const victim = await world.start('victim', { follows: source })
      await world.until('local-safe 4', () => victim.status().localSafeL2.number >= 4n)
      source.change = lie(100_328n, ({ localSafeL2 }) => localSafeL2.timestamp)
      for (let passedMs = 0; passedMs < ms; passedMs += 500) {
        await world.pass(0.5)
        expect(heads(victim).every((number) => number < 1_000n)).toBe(true)
      }
      source.change = null
      const { number } = reference.status().unsafeL2
      await world.until('it goes on', () => victim.status().finalizedL2.number > number)
      expect(onOneChain(victim, reference, 'localSafeL2')).toBe(true)
    },
  )

  it('within what the clock allows: what its engine cannot fetch is never ours, and the honest status takes over', async () => {
    const source = lyingSource()
    const victim = await world.start('victim', { follows: source })
    await world.until('local-safe 4', () => victim.status().localSafeL2.number >= 4n)
    world.gossip.isolate('victim')
    const genesis = world.chain.config.genesis.l2Time
    const near = () => BigInt(Math.floor(world.clock.nowMs() / 1000)) - genesis
    source.change = (status) => lie(near(), () => genesis + near())(status)
    const before = heads(victim)
    await world.pass(10)
    expect(heads(victim)).toEqual(before)
    source.change = null
    const { number } = reference.status().unsafeL2
    await world.until('it goes on', () => victim.status().finalizedL2.number > number)
  })
})
