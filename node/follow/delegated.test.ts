import { describe, expect, it } from 'vitest'
import { zeroL1BlockRef } from '../protocol/refs.ts'
import type { SyncStatus } from '../protocol/sync-status.ts'
import {
  createFollowRig,
  type FollowRig,
  localSafes,
  pollIntervalMs,
  timeoutMs,
} from './testing/follow-rig.ts'

describe('following', () => {
  it('applies a valid status, publishes its currentL1 and says so', async () => {
    const t = createFollowRig()
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
    const t = createFollowRig()
    t.source.answer = async () => t.status(t.l1.at(9n), 9, 9, 5)
    await t.start()
    expect(t.l1.calls.get('headerByNumber')).toBe(2)
    await t.tick()
    expect(t.source.identityAsked).toBe(1)
  })

  it('starts from the source alone when the engine is at genesis', async () => {
    const t = createFollowRig()
    await t.start()
    expect(t.engine.followed).toHaveLength(1)
    expect(t.engine.state.unsafe).toEqual(t.chain[9])
  })
})

describe('failure modes: the source', () => {
  it('down, then back: heads stand, the lag grows, then it is followed again', async () => {
    const t = createFollowRig()
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
    const t = createFollowRig()
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
    const t = createFollowRig()
    t.source.answer = () => new Promise(() => {})
    await t.start()
    await t.clock.advance(timeoutMs)
    expect(t.count('error_fetch_status')).toBe(1)
  })

  it.each<[string, (t: FollowRig) => SyncStatus, string]>([
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
    const t = createFollowRig()
    t.source.answer = async () => answer(t)
    await t.start()
    expect(t.engine.followed).toEqual([])
    expect(t.derivation.currentL1).toEqual(zeroL1BlockRef)
    expect(t.count(result)).toBe(1)
  })

  it('of another chain at start: the node stops and both values are named', async () => {
    const t = createFollowRig()
    t.source.identity = async () => ({ ...t.identity, l2ChainId: 10n })
    await t.start()
    expect(t.ended).toMatchObject({ done: true })
    expect(String(t.ended.error)).toMatch(/L2 chain id: expected 901, found 10/)
    expect(t.engine.followed).toEqual([])
  })

  it('down at start and of another chain later: a node at work is not ended', async () => {
    const t = createFollowRig()
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
    const t = createFollowRig()
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
    // What it told beside its name may be from before it was itself again.
    t.source.identity = async () => t.identity
    await t.tick()
    expect(t.derivation.followStatus()).toMatchObject({ paused: false, lastResult: 'error_identity' })
    expect(t.engine.followed).toHaveLength(1)
    await t.tick()
    expect(t.derivation.followStatus()).toMatchObject({ paused: false, lastResult: 'applied' })
  })

  it('restarted and replaying: our heads hold until it has caught up', async () => {
    const t = createFollowRig()
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
    const t = createFollowRig()
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

describe('a source whose currentL1 is older, with the same heads', () => {
  it('is followed, and currentL1 is published before the heads are', async () => {
    const t = createFollowRig()
    await t.start()
    expect(t.derivation.currentL1.number).toBe(10n)
    t.source.answer = async () => t.status(t.l1.at(6n), 9)
    let currentL1WhenApplied: bigint | undefined
    const adopt = t.engine.onFollow
    t.engine.onFollow = async (target) => {
      currentL1WhenApplied = t.derivation.currentL1.number
      return adopt(target)
    }
    await t.tick()
    expect(currentL1WhenApplied).toBe(6n)
    expect(t.derivation.currentL1.number).toBe(6n)
  })
})

describe('failure modes: own L1 and the engine', () => {
  it('own L1 down: no status is accepted, following goes on when it is back', async () => {
    const t = createFollowRig()
    t.l1.failure = new Error('L1 is down')
    await t.start()
    expect(t.engine.followed).toEqual([])
    expect(t.count('error_l1')).toBe(1)
    t.l1.failure = null
    await t.tick()
    expect(t.engine.followed).toHaveLength(1)
  })

  it.each(['el-error', 'refused'] as const)('%s: currentL1 is not published', async (followCase) => {
    const t = createFollowRig()
    t.engine.onFollow = async () => followCase
    await t.start()
    expect(t.derivation.currentL1).toEqual(zeroL1BlockRef)
    expect(t.count('applied')).toBe(0)
  })

  it('leaves a running EL sync its target for a while; what is fetched is a target, and not ours', async () => {
    const t = createFollowRig()
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
    const t = createFollowRig()
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
    const t = createFollowRig()
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
