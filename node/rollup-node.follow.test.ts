import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeEngine } from './engine/testing/fake-engine.ts'
import type { FollowSource } from './ports/follow-source.ts'
import { l2BlockRefFromPayload } from './protocol/block-ref.ts'
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

describe('a follower that restarts together with its source', () => {
  it('keeps what its engine remembers until the source has derived L1 up to where that was', async () => {
    let source = reference
    const follows: FollowSource = {
      syncStatus: (signal) => followSourceOf(source).syncStatus(signal),
      chainIdentity: (signal) => followSourceOf(source).chainIdentity(signal),
    }
    const before = await world.start('restarting', { follows })
    await world.until('finalized 8', () => before.status().finalizedL2.number >= 8n)
    const { localSafeL2 } = before.status()
    await before.stop()
    await reference.stop()
    // It derives from the start again, and lags: what it says lies between our finalized and our local-safe block.
    source = reference = await world.start('reference', { confirmations: 3n })
    world.gossip.isolate('restarting')
    const after = await world.start('restarting', { follows, el: before.el })
    let lowest: bigint | null = null
    await world.until('it goes on', () => {
      const { number } = after.status().localSafeL2
      if (after.node.engine.state.initialized && (lowest === null || number < lowest)) lowest = number
      return number > localSafeL2.number
    })
    expect(lowest).toBeGreaterThanOrEqual(localSafeL2.number)
  })
})

describe('an L1 that reorgs while the source is away', () => {
  it('takes currentL1 back with the heads: it never stays on an orphan', async () => {
    const victim = await world.start('victim', { follows: followSourceOf(reference) })
    await world.until('local-safe 8', () => victim.status().localSafeL2.number >= 8n)
    world.gossip.isolate('victim')
    await reference.stop()
    world.auto.batch = false
    const { finalizedL1, currentL1 } = victim.status()
    world.l1.reorg(finalizedL1.number + 1n, 6)
    expect(world.l1.at(currentL1.number).hash).not.toBe(currentL1.hash)
    await world.pass(3)
    const now = victim.status().currentL1
    expect(now.number).toBeLessThan(currentL1.number)
    if (now.number > 0n) expect(world.l1.at(now.number).hash).toBe(now.hash)
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

  it('about what is finalized: the conflict is on record, and the node goes on', async () => {
    const source = lyingSource()
    const victim = await world.start('victim', { follows: source })
    await world.until('finalized 4', () => victim.status().finalizedL2.number >= 4n)
    const { finalizedL2 } = victim.status()
    source.change = (status) => {
      const other = { ...finalizedL2, hash: `0x${'bad2'.repeat(16)}` as const }
      return { ...status, finalizedL2: other }
    }
    await world.pass(5)
    expect(victim.status().finalizedL2).toEqual(finalizedL2)
    expect(victim.node.engine.state.finalizedConflict).toMatch(/is not our finalized block/)
    const genesis = reference.el.at(0n)
    source.change = (status) => ({
      ...status,
      finalizedL2: l2BlockRefFromPayload(world.chain.config, genesis.payload),
    })
    await world.pass(3)
    expect([victim.failure, victim.status().finalizedL2]).toEqual([null, finalizedL2])
    source.change = null
    await world.until('finalized goes on', () => victim.status().finalizedL2.number > finalizedL2.number)
  })

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
