import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FakeEngineMethod } from './engine/testing/fake-engine.ts'
import type { FollowSource } from './ports/follow-source.ts'
import type { L2Source } from './ports/l2-source.ts'
import { rpcMethods } from './rpc/rpc-server.ts'
import {
  createNodeWorld,
  followSourceOf,
  type NodeWorld,
  onOneChain,
  originsAreCanonical,
  type WorldNode,
} from './testing/node-world.ts'

let world: NodeWorld
let reference: WorldNode
let sequencer: WorldNode
let follower: WorldNode

/** The default topology: one node derives, the sequencer and a verifier follow it. */
beforeEach(async () => {
  world = createNodeWorld()
  reference = await world.start('reference')
  sequencer = await world.start('sequencer', { follows: reference, sequencer: {} })
  follower = await world.start('follower', { follows: reference })
})
afterEach(async () => {
  const failures = [reference, sequencer, follower].map((node) => node.failure)
  await world.stop()
  expect(failures).toEqual([null, null, null])
})

const all = () => [reference, sequencer, follower]
const inSync = (level: 'unsafeL2' | 'localSafeL2') =>
  onOneChain(reference, sequencer, level) && onOneChain(reference, follower, level)
const reached = (level: 'unsafeL2' | 'localSafeL2' | 'finalizedL2', number: bigint) => () =>
  all().every((node) => node.status()[level].number >= number)

describe('three nodes, two of them following', () => {
  it('share unsafe, local-safe, finalized and currentL1', async () => {
    await world.until('unsafe 3', reached('unsafeL2', 3n))
    await world.until('local-safe 3', reached('localSafeL2', 3n))
    await world.until('finalized 3', reached('finalizedL2', 3n))
    expect(inSync('unsafeL2') && inSync('localSafeL2')).toBe(true)
    for (const node of [sequencer, follower]) {
      const { currentL1 } = node.status()
      expect(currentL1.number).toBeGreaterThan(0n)
      expect(currentL1.number).toBeLessThanOrEqual(reference.status().currentL1.number)
      expect(currentL1.hash).toBe(world.l1.at(currentL1.number).hash)
    }
  })

  it('never publish a finalized above safe, a safe above local-safe or a local-safe above unsafe', async () => {
    await world.until(
      'finalized 10',
      () => {
        for (const node of all()) {
          const { unsafeL2, localSafeL2, safeL2, finalizedL2 } = node.status()
          const numbers = [finalizedL2, safeL2, localSafeL2, unsafeL2].map(({ number }) => Number(number))
          expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
        }
        return reached('finalizedL2', 10n)()
      },
      120,
    )
  })

  it('derive a history with four engine calls a block and nothing read back', async () => {
    await world.until('local-safe 12', reached('localSafeL2', 12n))
    world.gossip.isolate('late')
    const late = await world.start('late')
    const calls = (method: FakeEngineMethod) => late.el.calls.get(method) ?? 0
    await world.until('the late node', () => late.status().localSafeL2.number >= 12n)
    const blocks = Number(late.el.latest.payload.blockNumber)
    expect([calls('getPayload'), calls('newPayload')]).toEqual([blocks, blocks])
    // Finality is told in updates of its own.
    expect(calls('forkchoiceUpdated') - 2 * blocks).toBeLessThan(blocks / 2)
    // The start reads some.
    expect(calls('blockByHash') + calls('blockByNumber')).toBeLessThan(blocks)
    await late.stop()
  })

  it('recover from an L1 reorg that takes a batch with it', async () => {
    await world.until('local-safe 6', reached('localSafeL2', 6n))
    const remembered = reference.status().localSafeL2
    world.l1.reorg(remembered.l1Origin.number, 1)
    await world.until(
      'every head on the new L1',
      () => all().every((node) => originsAreCanonical(world.l1, node)),
      10,
    )
    await world.until('past the reorg', reached('localSafeL2', remembered.number + 5n))
    expect(reference.el.at(remembered.number).payload.blockHash).not.toBe(remembered.hash)
    expect(inSync('unsafeL2') && inSync('localSafeL2')).toBe(true)
    expect(all().every((node) => originsAreCanonical(world.l1, node))).toBe(true)
  })

  it.each([1, 3])('recover from an L1 reorg of depth %i under load', async (depth) => {
    await world.until('local-safe 8', reached('localSafeL2', 8n))
    const from = world.l1.head.number - BigInt(depth) + 1n
    world.l1.reorg(from, depth)
    const unsafe = sequencer.status().unsafeL2.number
    await world.until('goes on', reached('localSafeL2', unsafe + 5n))
    expect(inSync('unsafeL2') && inSync('localSafeL2')).toBe(true)
    expect(all().every((node) => originsAreCanonical(world.l1, node))).toBe(true)
  })

  it('without gossip the source alone moves the follower', async () => {
    await world.until('unsafe 3', reached('unsafeL2', 3n))
    world.gossip.isolate('follower')
    const frozen = follower.status().unsafeL2.number
    await world.until('local-safe at the frozen head', () => follower.status().localSafeL2.number > frozen)
    for (let more = 0; more < 2; more++) {
      const before = follower.status().localSafeL2.number
      await world.until('three more', () => {
        const { unsafeL2, localSafeL2 } = follower.status()
        expect(unsafeL2).toEqual(localSafeL2)
        return localSafeL2.number >= before + 3n
      })
    }
    world.gossip.connect('follower')
    await world.until('in sync', () => {
      const ahead = follower.status().unsafeL2.number > follower.status().localSafeL2.number
      return ahead && inSync('unsafeL2') && inSync('localSafeL2')
    })
  })

  it('a follower that starts late and empty gets there from the source alone', async () => {
    await world.until('finalized 5', reached('finalizedL2', 5n))
    world.gossip.isolate('late')
    const late = await world.start('late', { follows: reference })
    await world.until('late is there', () => late.status().finalizedL2.number >= 5n)
    expect(onOneChain(late, reference, 'localSafeL2')).toBe(true)
    expect(late.failure).toBeNull()
  })

  it('a restarted sequencer keeps its heads and goes on', async () => {
    await world.until('local-safe 5', reached('localSafeL2', 5n))
    const { unsafeL2 } = sequencer.status()
    await sequencer.stop()
    sequencer = await world.start('sequencer', { follows: reference, sequencer: {}, el: sequencer.el })
    await world.until('it sequences', () => sequencer.status().unsafeL2.number > unsafeL2.number)
    expect(sequencer.el.at(unsafeL2.number).payload.blockHash).toBe(unsafeL2.hash)
  })

  it('the source goes away: sequencing and gossip go on, safe stands', async () => {
    await world.until('local-safe 3', reached('localSafeL2', 3n))
    await reference.stop()
    const { localSafeL2, unsafeL2 } = follower.status()
    world.auto.batch = false
    await world.until('unsafe goes on', () => follower.status().unsafeL2.number >= unsafeL2.number + 8n)
    expect(follower.status().localSafeL2).toEqual(localSafeL2)
    expect(follower.node.followStatus()).toMatchObject({
      lastResult: 'error_fetch_status',
      lastError: 'connection refused',
    })
  })

  it('the source restarts with nothing and replays: heads hold until it has caught up', async () => {
    let source = reference
    const follows: FollowSource = {
      syncStatus: (signal) => followSourceOf(source).syncStatus(signal),
      chainIdentity: (signal) => followSourceOf(source).chainIdentity(signal),
    }
    const watched = await world.start('watched', { follows })
    await world.until('finalized 8', () => watched.status().finalizedL2.number >= 8n)
    await reference.stop()
    const { localSafeL2 } = watched.status()
    source = reference = await world.start('reference')
    await world.until('the source has caught up', () => {
      const now = watched.status()
      expect(now.localSafeL2.number).toBeGreaterThanOrEqual(localSafeL2.number)
      return source.status().localSafeL2.number > localSafeL2.number
    })
    await world.until('followed again', () => watched.status().localSafeL2.number > localSafeL2.number)
    expect(watched.metrics.value('follow_source_requests_total', { result: 'applied' })).toBeGreaterThan(1)
  })

  it('starts and stops by admin, and hands over', async () => {
    const admin = sequencer.node.sequencer
    await world.until('unsafe 3', reached('unsafeL2', 3n))
    const head = await admin?.stop()
    await world.pass(3)
    expect(sequencer.status().unsafeL2.hash).toBe(head)
    await admin?.start(head as `0x${string}`)
    await world.until('unsafe 8', reached('unsafeL2', 8n))
    expect(follower.el.at(3n).payload.blockHash).toBe(sequencer.el.at(3n).payload.blockHash)
  })

  it('an L1 reorg reaches a follower whose source and gossip are gone', async () => {
    await world.until('local-safe 8', reached('localSafeL2', 8n))
    world.gossip.isolate('follower')
    await reference.stop()
    world.auto.batch = false
    const { finalizedL1 } = follower.status()
    world.l1.reorg(finalizedL1.number + 1n, 3)
    expect(originsAreCanonical(world.l1, follower)).toBe(false)
    await world.until('canonical again', () => originsAreCanonical(world.l1, follower), 3)
  })

  it('answer optimism_syncStatus without a call to L1 or to the engine, also while L1 is away', async () => {
    await world.until('finalized 3', reached('finalizedL2', 3n))
    world.l1.failure = new Error('connection refused')
    const calls = () => [...world.l1.calls.values()].reduce((sum, count) => sum + count, 0)
    const l2 = new Proxy({} as L2Source, {
      get: (_, name) => expect.fail(`asked the engine: ${String(name)}`),
    })
    for (const { node, metrics, status } of all()) {
      const before = calls()
      const methods = rpcMethods({
        node,
        l2,
        peers: null,
        metrics: metrics.metrics,
        version: 'v',
        setLogLevel() {},
      })
      const answer = await methods.get('optimism_syncStatus')?.([])
      expect(answer).toMatchObject({ unsafe_l2: { hash: status().unsafeL2.hash } })
      expect(calls()).toBe(before)
    }
    world.l1.failure = null
  })

  it('publish heads and provenance as metrics', async () => {
    await world.until('finalized 3', reached('finalizedL2', 3n))
    const { unsafeL2, finalizedL2 } = follower.status()
    const value = (type: string) => follower.metrics.value('refs_number', { layer: 'l2', type })
    expect(value('l2_unsafe')).toBe(Number(unsafeL2.number))
    expect(value('l2_finalized')).toBe(Number(finalizedL2.number))
    expect(follower.metrics.value('follow_source_requests_total', { result: 'applied' })).toBeGreaterThan(3)
    expect(follower.node.followStatus()).toMatchObject({ lastCase: 'consolidated', paused: false })
    expect(reference.node.followStatus()).toBeNull()
  })
})
