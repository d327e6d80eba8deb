import { describe, expect, it } from 'vitest'
import { createListeners } from '../concurrency/listeners.ts'
import { createFakeEngineClient, l2Block, l2Genesis } from '../derivation/testing/fake-engine-client.ts'
import type { FollowTarget } from '../engine/engine-client.ts'
import { createTestChain } from '../engine/testing/test-chain.ts'
import type { L1ChainChange } from '../l1/l1-chain-view.ts'
import type { ChainIdentity } from '../ports/follow-source.ts'
import { createCountingMetrics } from '../ports/testing/counting-metrics.ts'
import { createFakeClock } from '../ports/testing/fake-clock.ts'
import { createFakeL1 } from '../ports/testing/fake-l1.ts'
import { createSilentLogger } from '../ports/testing/silent-logger.ts'
import { type L1BlockRef, type L2BlockRef, zeroL1BlockRef, zeroL2BlockRef } from '../protocol/refs.ts'
import type { SyncStatus } from '../protocol/sync-status.ts'
import { createDelegatedDerivation } from './delegated.ts'

const pollIntervalMs = 1_000
const timeoutMs = 2_000

/** A follower on an L1 of 20 blocks; the source's chain has one L2 block per L1 block. */
function setUp() {
  const l1 = createFakeL1()
  l1.mine(20)
  const genesis = l2Genesis(l1.at(0n), 0n)
  const chain: L2BlockRef[] = [genesis]
  for (let number = 1n; number <= 20n; number++)
    chain.push(l2Block(chain.at(-1) as L2BlockRef, number * 2n, l1.at(number)))
  const made = createTestChain(l1.at(0n), { blockTime: 2n }).config
  const config = { ...made, genesis: { ...made.genesis, l1: l1.at(0n), l2: genesis } }
  const chainChanges = createListeners<L1ChainChange>()
  const identity: ChainIdentity = {
    l1ChainId: 900n,
    l2ChainId: 901n,
    l1GenesisHash: l1.at(0n).hash,
    l2GenesisHash: genesis.hash,
  }
  const status = (currentL1: L1BlockRef, localSafe: number, safe = localSafe, finalized = 0): SyncStatus => ({
    currentL1,
    currentL1Finalized: zeroL1BlockRef,
    headL1: l1.head,
    safeL1: zeroL1BlockRef,
    finalizedL1: zeroL1BlockRef,
    unsafeL2: zeroL2BlockRef,
    crossUnsafeL2: zeroL2BlockRef,
    pendingSafeL2: zeroL2BlockRef,
    localSafeL2: chain[localSafe] as L2BlockRef,
    safeL2: chain[safe] as L2BlockRef,
    finalizedL2: chain[finalized] as L2BlockRef,
  })
  const source = {
    answer: async (_signal: AbortSignal): Promise<SyncStatus> => status(l1.at(10n), 9),
    identity: async (): Promise<Partial<ChainIdentity>> => identity,
    asked: 0,
    identityAsked: 0,
    syncStatus(signal: AbortSignal) {
      source.asked++
      return source.answer(signal)
    },
    chainIdentity() {
      source.identityAsked++
      return source.identity()
    },
  }
  const clock = createFakeClock(1_000_000)
  const engine = createFakeEngineClient(genesis, () => l1.at(0n))
  const counting = createCountingMetrics()
  const logger = createSilentLogger()
  const derivation = createDelegatedDerivation({
    config,
    follow: { sourceUrl: 'http://user:secret@source:9545/key', pollIntervalMs, timeoutMs },
    source,
    l1,
    watcher: {
      get heads() {
        return { latest: l1.head, safe: zeroL1BlockRef, finalized: zeroL1BlockRef }
      },
      onChainChange: chainChanges.add,
    },
    engine,
    clock,
    random: { bytes: (length) => new Uint8Array(length).fill(128) },
    logger,
    metrics: counting.metrics,
  })
  const stop = new AbortController()
  const ended: { error?: unknown; done: boolean } = { done: false }
  const start = async () => {
    derivation.run(stop.signal).then(
      () => Object.assign(ended, { done: true }),
      (error: unknown) => Object.assign(ended, { done: true, error }),
    )
    await clock.settle()
  }
  return {
    l1,
    chain,
    source,
    clock,
    engine,
    derivation,
    logger,
    start,
    stop,
    ended,
    status,
    identity,
    count: (result: string) => counting.value('follow_source_requests_total', { result }),
    value: counting.value,
    /** Lets time pass until the source was asked once more. */
    async tick() {
      const { asked } = source
      for (let waitedMs = 0; source.asked === asked; waitedMs += 10) {
        if (waitedMs > 10_000) throw new Error('the source was not asked for 10 s')
        await clock.advance(10)
      }
      await clock.settle()
    },
    /** Reorgs L1 and lets the watcher tell, with the blocks that are gone. */
    reorg(from: bigint, length: number) {
      const removed: L1BlockRef[] = []
      for (let number = from; number <= l1.head.number; number++) removed.push(l1.at(number))
      const head = l1.reorg(from, length)
      chainChanges.emit({ head, added: [head], removed, restarted: false })
    },
  }
}

const localSafes = (targets: readonly FollowTarget[]) => targets.map((target) => target.localSafe.number)

describe('following', () => {
  it('applies a valid status, publishes its currentL1 and says so', async () => {
    const t = setUp()
    t.source.answer = async () => t.status(t.l1.at(10n), 9, 8, 5)
    const published: bigint[] = []
    t.derivation.onCurrentL1((ref) => published.push(ref.number))
    await t.start()

    expect(t.engine.followed).toEqual([
      { currentL1: t.l1.at(10n), localSafe: t.chain[9], safe: t.chain[8], finalized: t.chain[5] },
    ])
    expect(t.derivation.currentL1).toEqual(t.status(t.l1.at(10n), 9).currentL1)
    expect(published).toEqual([10n])
    expect(t.derivation.followStatus()).toMatchObject({
      source: 'http://source:9545',
      paused: false,
      lastResult: 'applied',
      lastError: null,
      lastCase: 'ahead',
      lastAppliedAgeMs: 0,
    })
    expect(JSON.stringify(t.logger.lines, (_, value) => String(value))).not.toContain('secret')
  })

  it('asks L1 once per distinct number and the identity once per connection', async () => {
    const t = setUp()
    t.source.answer = async () => t.status(t.l1.at(9n), 9, 9, 5)
    await t.start()
    expect(t.l1.calls.get('headerByNumber')).toBe(2)
    await t.tick()
    expect(t.source.identityAsked).toBe(1)
  })

  it('starts from the source alone when the engine is at genesis', async () => {
    const t = setUp()
    await t.start()
    expect(t.engine.followed).toHaveLength(1)
    expect(t.engine.state.unsafe).toEqual(t.chain[9])
  })
})

describe('failure modes: the source', () => {
  it('down, then back: heads stand, the lag grows, then it is followed again', async () => {
    const t = setUp()
    await t.start()
    t.source.answer = async () => {
      throw new Error('connection refused')
    }
    await t.tick()
    await t.tick()
    expect(t.engine.followed).toHaveLength(1)
    expect(t.count('error_fetch_status')).toBe(2)
    expect(t.value('follow_lag_seconds')).toBeGreaterThan(0)
    expect(t.derivation.followStatus()).toMatchObject({
      lastResult: 'error_fetch_status',
      lastError: 'connection refused',
      lastAppliedAgeMs: 2_000,
    })
    t.source.answer = async () => t.status(t.l1.at(12n), 11)
    await t.tick()
    expect(localSafes(t.engine.followed)).toEqual([9n, 11n])
    expect(t.source.identityAsked).toBe(3)
  })

  it('slow: one request in flight, ticks keep their period, the deadline ends it', async () => {
    const t = setUp()
    let aborted = false
    t.source.answer = (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true
          reject(signal.reason)
        })
      })
    await t.start()
    await t.clock.advance(pollIntervalMs)
    expect(t.source.asked).toBe(1)
    expect(t.count('in_flight')).toBe(1)
    await t.clock.advance(pollIntervalMs)
    expect(aborted).toBe(true)
    expect(t.count('error_fetch_status')).toBe(1)
    expect(t.derivation.followStatus().lastError).toMatch(/no answer within 2000 ms/)
    t.source.answer = async () => t.status(t.l1.at(10n), 9)
    await t.clock.advance(timeoutMs)
    expect(t.engine.followed.length).toBeGreaterThan(0)
  })

  it('deaf to its abort: the tick ends all the same', async () => {
    const t = setUp()
    t.source.answer = () => new Promise(() => {})
    await t.start()
    await t.clock.advance(timeoutMs)
    expect(t.count('error_fetch_status')).toBe(1)
  })

  it.each<[string, (t: ReturnType<typeof setUp>) => SyncStatus, string]>([
    ['finalized above safe', (t) => t.status(t.l1.at(10n), 9, 5, 6), 'dropped_structure'],
    ['safe above local-safe', (t) => t.status(t.l1.at(10n), 5, 6), 'dropped_structure'],
    ['currentL1 zero', (t) => t.status(zeroL1BlockRef, 5), 'dropped_structure'],
    [
      'currentL1 on another L1 fork',
      (t) => t.status({ ...t.l1.at(10n), hash: t.l1.at(3n).hash }, 9),
      'dropped_not_canonical',
    ],
    [
      'local-safe on another L1 fork',
      (t) => {
        const status = t.status(t.l1.at(10n), 9)
        const l1Origin = { number: 9n, hash: t.l1.at(3n).hash }
        return { ...status, localSafeL2: { ...status.localSafeL2, l1Origin } }
      },
      'dropped_not_canonical',
    ],
    [
      'finalized on another L1 fork',
      (t) => {
        const status = t.status(t.l1.at(10n), 9, 9, 3)
        const l1Origin = { number: 3n, hash: t.l1.at(4n).hash }
        return { ...status, finalizedL2: { ...status.finalizedL2, l1Origin } }
      },
      'dropped_not_canonical',
    ],
    [
      'an L1 block that own L1 does not have yet',
      (t) => t.status({ ...t.l1.at(20n), number: 21n }, 9),
      'ahead_of_own_l1',
    ],
  ])('lying: %s changes nothing', async (_name, answer, result) => {
    const t = setUp()
    t.source.answer = async () => answer(t)
    await t.start()
    expect(t.engine.followed).toEqual([])
    expect(t.derivation.currentL1).toEqual(zeroL1BlockRef)
    expect(t.count(result)).toBe(1)
  })

  it('of another chain at start: the node stops and both values are named', async () => {
    const t = setUp()
    t.source.identity = async () => ({ ...t.identity, l2ChainId: 10n })
    await t.start()
    expect(t.ended).toMatchObject({ done: true })
    expect(String(t.ended.error)).toMatch(/L2 chain id: expected 901, found 10/)
    expect(t.engine.followed).toEqual([])
  })

  it('down at start and of another chain later: a node at work is not ended', async () => {
    const t = setUp()
    t.source.answer = async () => {
      throw new Error('connection refused')
    }
    await t.start()
    await t.clock.advance(100_000)
    t.source.answer = async () => t.status(t.l1.at(10n), 9)
    t.source.identity = async () => ({ ...t.identity, l2ChainId: 10n })
    await t.tick()
    expect(t.ended.done).toBe(false)
    expect(t.derivation.followStatus()).toMatchObject({ paused: true, lastResult: 'error_identity' })
  })

  it('of another chain later: following pauses loudly and resumes', async () => {
    const t = setUp()
    await t.start()
    t.source.answer = async () => {
      throw new Error('restarting')
    }
    await t.tick()
    t.source.answer = async () => t.status(t.l1.at(12n), 11)
    t.source.identity = async () => ({ ...t.identity, l1GenesisHash: t.chain[3]!.hash })
    await t.tick()
    expect(t.ended.done).toBe(false)
    expect(t.derivation.followStatus()).toMatchObject({ paused: true, lastResult: 'error_identity' })
    expect(t.logger.lines.filter((line) => line.level === 'error')).toHaveLength(1)
    await t.tick()
    expect(t.engine.followed).toHaveLength(1)
    t.source.identity = async () => t.identity
    await t.tick()
    expect(t.derivation.followStatus()).toMatchObject({ paused: false, lastResult: 'applied' })
  })

  it('restarted and replaying: our heads hold until it has caught up', async () => {
    const t = setUp()
    await t.start()
    t.source.answer = async () => t.status(t.l1.at(5n), 4)
    await t.tick()
    t.source.answer = async () => t.status(t.l1.at(10n), 8)
    await t.tick()
    expect(t.count('dropped_replay')).toBe(2)
    expect(t.engine.state.localSafe).toEqual(t.chain[9])
    expect(t.derivation.currentL1.number).toBe(10n)
    t.source.answer = async () => t.status(t.l1.at(10n), 9)
    await t.tick()
    expect(localSafes(t.engine.followed)).toEqual([9n, 9n])
  })

  it('reorged with L1: an older status is followed, and currentL1 goes down before the heads', async () => {
    const t = setUp()
    await t.start()
    t.reorg(6n, 2)
    t.source.answer = async () => t.status(t.l1.at(5n), 4)
    let currentL1WhenApplied: bigint | undefined
    const adopt = t.engine.onFollow
    t.engine.onFollow = async (target) => {
      currentL1WhenApplied = t.derivation.currentL1.number
      return adopt(target)
    }
    await t.tick()
    expect(localSafes(t.engine.followed)).toEqual([9n, 4n])
    expect(currentL1WhenApplied).toBeLessThanOrEqual(5n)
    expect(t.derivation.currentL1.number).toBe(5n)
  })
})

describe('failure modes: own L1 and the engine', () => {
  it('own L1 down: no status is accepted, following goes on when it is back', async () => {
    const t = setUp()
    t.l1.failure = new Error('L1 is down')
    await t.start()
    expect(t.engine.followed).toEqual([])
    expect(t.count('error_l1')).toBe(1)
    t.l1.failure = null
    await t.tick()
    expect(t.engine.followed).toHaveLength(1)
  })

  it.each(['el-error', 'refused'] as const)('%s: currentL1 is not published', async (followCase) => {
    const t = setUp()
    t.engine.onFollow = async () => followCase
    await t.start()
    expect(t.derivation.currentL1).toEqual(zeroL1BlockRef)
    expect(t.count('applied')).toBe(0)
  })

  it('leaves a running EL sync its target for a while; what is fetched is a target, and not ours', async () => {
    const t = setUp()
    const adopt = t.engine.onFollow
    t.engine.onFollow = async ({ currentL1: _, ...target }) => {
      t.engine.update({ syncTarget: { ...target, unsafe: target.localSafe }, elSyncing: true })
      return 'el-syncing'
    }
    await t.start()
    expect(t.derivation.followStatus()).toMatchObject({
      lastResult: 'el_syncing',
      applied: null,
      target: { localSafe: t.chain[9] },
    })
    expect(t.derivation.currentL1).toEqual(zeroL1BlockRef)
    t.source.answer = async () => t.status(t.l1.at(12n), 11)
    await t.clock.advance(9_000)
    expect(localSafes(t.engine.followed)).toEqual([9n])
    expect(t.count('deferred_el_sync')).toBeGreaterThan(3)
    await t.clock.advance(2_000)
    expect(localSafes(t.engine.followed)).toEqual([9n, 11n])
    t.engine.update({ syncTarget: null, elSyncing: false })
    t.engine.onFollow = adopt
    t.source.answer = async () => t.status(t.l1.at(13n), 12)
    await t.tick()
    expect(localSafes(t.engine.followed)).toEqual([9n, 11n, 12n])
    expect(t.derivation.followStatus()).toMatchObject({ lastResult: 'applied', target: null })
  })

  it('a source that goes back while the engine syncs is not made to wait', async () => {
    const t = setUp()
    t.engine.onFollow = async ({ currentL1: _, ...target }) => {
      t.engine.update({ syncTarget: { ...target, unsafe: target.localSafe }, elSyncing: true })
      return 'el-syncing'
    }
    t.source.answer = async () => t.status(t.l1.at(12n), 11)
    await t.start()
    t.source.answer = async () => t.status(t.l1.at(10n), 9)
    await t.tick()
    expect(localSafes(t.engine.followed)).toEqual([11n, 9n])
  })

  it('a stuck engine holds up neither ticks nor the stop', async () => {
    const t = setUp()
    let release: (followCase: 'consolidated') => void = () => {}
    t.engine.onFollow = () =>
      new Promise((resolve) => {
        release = resolve
      })
    await t.start()
    await t.clock.advance(2 * pollIntervalMs)
    expect(t.count('in_flight')).toBe(2)
    t.stop.abort(new Error('stop'))
    release('consolidated')
    await t.clock.settle()
    expect(t.ended).toEqual({ done: true })
  })
})

describe('the identity of the source, beside its status', () => {
  it.each<[string, () => Promise<Partial<ChainIdentity>>]>([
    ['does not offer it', async () => ({})],
    ['answers an error', () => Promise.reject(new Error('-32000: not allowed'))],
    ['never answers', () => new Promise(() => {})],
  ])('a source that %s is followed, and it is said once', async (_name, identity) => {
    const t = setUp()
    t.source.identity = identity
    await t.start()
    await t.clock.advance(timeoutMs)
    expect(localSafes(t.engine.followed)).toContain(9n)
    t.source.answer = async () => t.status(t.l1.at(12n), 11)
    await t.tick()
    expect(t.derivation.followStatus()).toMatchObject({ lastResult: 'applied', paused: false })
    await t.clock.advance(100_000)
    const said = t.logger.lines.filter(({ message }) => message.includes('does not tell its chain'))
    expect(said).toHaveLength(1)
  })

  it('what is told decides, what is not told does not', async () => {
    const t = setUp()
    t.source.identity = async () => ({ l1GenesisHash: t.identity.l1GenesisHash })
    await t.start()
    expect(t.engine.followed).toHaveLength(1)
    const foreign = setUp()
    foreign.source.identity = async () => ({ l2GenesisHash: foreign.chain[3]!.hash })
    await foreign.start()
    expect(String(foreign.ended.error)).toMatch(/L2 genesis hash: expected 0x.*, found 0x/)
  })

  it('is asked for every minute, without a failed fetch: a source that changes its chain is not followed', async () => {
    const t = setUp()
    await t.start()
    t.source.identity = async () => ({ ...t.identity, l2ChainId: 10n })
    await t.clock.advance(62_000)
    expect(t.derivation.followStatus()).toMatchObject({ paused: true, lastResult: 'error_identity' })
    expect(t.ended.done).toBe(false)
  })

  it('is asked for before our head is replaced: a source that changed its chain a moment ago is not followed', async () => {
    const t = setUp()
    await t.start()
    const applied = t.engine.followed.length
    const adopt = t.engine.onFollow
    const confirmations: boolean[] = []
    t.engine.follow = async (target, confirmed) => {
      confirmations.push(confirmed)
      return confirmed ? adopt(target) : 'unconfirmed'
    }
    t.source.identity = async () => ({ ...t.identity, l2ChainId: 10n })
    t.source.answer = async () => t.status(t.l1.at(18n), 17)
    await t.tick()
    expect(confirmations).toEqual([false])
    expect(t.engine.followed).toHaveLength(applied)
    expect(t.engine.state.unsafe.number).toBe(9n)
    expect(t.derivation.followStatus()).toMatchObject({ paused: true })
    t.source.identity = async () => t.identity
    await t.tick()
    expect(t.engine.state.unsafe.number).toBe(17n)
  })
})

describe('currentL1 on an L1 that reorgs', () => {
  const accepted = async () => {
    const t = setUp()
    t.source.answer = async () => t.status(t.l1.at(6n), 5)
    await t.start()
    t.source.answer = async () => t.status(t.l1.at(10n), 9)
    await t.tick()
    expect(t.derivation.currentL1.number).toBe(10n)
    t.source.answer = async () => {
      throw new Error('down')
    }
    return t
  }

  it('goes back to the newest accepted block that is canonical, also while the source is away', async () => {
    const t = await accepted()
    t.reorg(8n, 5)
    await t.clock.settle()
    expect(t.derivation.currentL1).toEqual(t.status(t.l1.at(6n), 5).currentL1)
  })

  it('is not known when nothing that was accepted is left', async () => {
    const t = await accepted()
    t.reorg(3n, 20)
    await t.clock.settle()
    expect(t.derivation.currentL1).toEqual(zeroL1BlockRef)
  })

  it('goes back with heads that are reset', async () => {
    const t = await accepted()
    t.engine.onResetHeads = () => ({ localSafe: t.chain[5]!, safe: t.chain[5]!, unsafe: t.chain[5]! })
    await t.engine.reset('L1 reorg')
    await t.clock.settle()
    expect(t.derivation.currentL1.number).toBe(6n)
  })

  it('stays when only L1 lags, and is asked again when L1 could not be', async () => {
    const t = await accepted()
    t.l1.failure = new Error('L1 is down')
    t.reorg(8n, 5)
    await t.clock.settle()
    expect(t.derivation.currentL1.number).toBe(10n)
    t.l1.failure = null
    t.source.answer = async () => t.status(t.l1.at(6n), 5)
    await t.tick()
    expect(t.derivation.currentL1.number).toBe(6n)
  })
})

describe('after our own restart', () => {
  /** Our engine remembers local-safe 9, and L1 is at 20. */
  const restarted = (currentL1: bigint, localSafe: number) => {
    const t = setUp()
    const [localSafeBefore] = [t.chain[9]!]
    t.engine.update({ unsafe: localSafeBefore, localSafe: localSafeBefore, safe: localSafeBefore })
    t.source.answer = async () => t.status(t.l1.at(currentL1), localSafe)
    return t
  }

  it('a source that replays is held until it has derived L1 up to where that was', async () => {
    const t = restarted(5n, 4)
    await t.start()
    expect(t.count('dropped_replay')).toBe(1)
    t.source.answer = async () => t.status(t.l1.at(19n), 6)
    await t.tick()
    expect(t.engine.followed).toEqual([])
    t.source.answer = async () => t.status(t.l1.at(20n), 6)
    await t.tick()
    expect(localSafes(t.engine.followed)).toEqual([6n])
  })

  it('not when own L1 orphaned the origin of our local-safe', async () => {
    const t = restarted(5n, 4)
    t.reorg(7n, 30)
    await t.start()
    expect(localSafes(t.engine.followed)).toEqual([4n])
  })

  it('nor when it goes on from where we were', async () => {
    const t = restarted(5n, 9)
    await t.start()
    expect(localSafes(t.engine.followed)).toEqual([9n])
  })
})

describe('one lying poll', () => {
  it('with heads far above everything moves nothing', async () => {
    const t = setUp()
    await t.start()
    const far: L2BlockRef = { ...t.chain[9]!, number: 100_328n, hash: `0x${'bad1'.repeat(16)}` }
    for (const timestamp of [t.chain[9]!.timestamp, 200_656n]) {
      const lie = { ...far, timestamp }
      t.source.answer = async () => ({
        ...t.status(t.l1.at(10n), 9),
        localSafeL2: lie,
        safeL2: lie,
        finalizedL2: lie,
      })
      await t.tick()
    }
    expect(t.count('dropped_time')).toBe(2)
    expect(localSafes(t.engine.followed)).toEqual([9n])
    expect(t.engine.state.finalized.number).toBe(0n)
    t.source.answer = async () => t.status(t.l1.at(11n), 10)
    await t.tick()
    expect(t.engine.state.localSafe.number).toBe(10n)
  })

  it('with a plausible jump is held, and the honest one after it is followed', async () => {
    const t = setUp()
    t.l1.mine(300)
    for (let number = 21n; number <= 300n; number++)
      t.chain.push(l2Block(t.chain.at(-1) as L2BlockRef, number * 2n, t.l1.at(number)))
    await t.start()
    t.source.answer = async () => t.status(t.l1.at(300n), 299)
    await t.tick()
    expect(t.count('held_jump')).toBe(1)
    t.source.answer = async () => t.status(t.l1.at(11n), 10)
    await t.tick()
    expect(localSafes(t.engine.followed)).toEqual([9n, 10n])
    t.source.answer = async () => t.status(t.l1.at(300n), 299)
    await t.tick()
    await t.tick()
    expect(localSafes(t.engine.followed)).toEqual([9n, 10n, 299n])
  })
})
