import { describe, expect, it } from 'vitest'
import { l2Block } from '../derivation/testing/fake-engine-client.ts'
import type { L2BlockRef } from '../protocol/refs.ts'
import { createFollowRig, localSafes } from './testing/follow-rig.ts'

type Rig = ReturnType<typeof createFollowRig>

describe('after our own restart', () => {
  /** Our engine remembers local-safe 9, and L1 is at 20. */
  const restarted = (currentL1: bigint, localSafe: number, timeMs?: number) => {
    const t = createFollowRig(timeMs)
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

  // Campaign, seed 850029~851070: it kept its safe head through a restart, and lost it with its engine in the next.
  it('one that derives again, with our local-safe at first, is held as well', async () => {
    const t = restarted(5n, 9)
    await t.start()
    expect(localSafes(t.engine.followed)).toEqual([9n])
    t.source.answer = async () => t.status(t.l1.at(6n), 4)
    await t.tick()
    expect(t.count('dropped_replay')).toBe(1)
    expect(localSafes(t.engine.followed)).toEqual([9n])
    t.source.answer = async () => t.status(t.l1.at(20n), 6)
    await t.tick()
    expect(localSafes(t.engine.followed)).toEqual([9n, 6n])
  })

  // Campaign, seed 900890: own L1 lagged by three blocks when we were started, and the source was there soon.
  it.each([
    ['is held by it while it has derived nothing of after our start', (t: Rig) => t.l1.at(20n)],
    ['also when it says that it has', (t: Rig) => ({ ...t.l1.at(20n), timestamp: 2n ** 40n })],
  ])('a source that replays on an L1 that lagged %s', async (_, currentL1) => {
    const t = restarted(20n, 4, 60_000)
    t.source.answer = async () => t.status(currentL1(t), 4)
    await t.start()
    expect(t.count('dropped_replay')).toBe(1)
    t.l1.mine(11)
    t.source.answer = async () => t.status(t.l1.at(31n), 6)
    await t.tick()
    expect(localSafes(t.engine.followed)).toEqual([6n])
  })

  // Campaign, seed 930294~931653: own L1 was in doubt while the source went on, and the source lost its chain then.
  it.each([
    ['has by now', 22n, [9n]],
    ['has replaced', 24n, [9n, 4n]],
  ])('nor one that told more of an L1 that ours %s', async (_, seen, followed) => {
    const t = restarted(10n, 9)
    await t.start()
    t.reorg(10n, 30)
    const { headerByNumber } = t.l1
    t.l1.headerByNumber = async (number, signal) => (number > 9n ? null : headerByNumber(number, signal))
    const ahead = t.l1.at(22n)
    t.source.answer = async () => t.status(ahead, 9)
    await t.tick()
    expect(t.count('ahead_of_own_l1')).toBe(1)
    t.l1.headerByNumber = headerByNumber
    if (seen > 22n) t.reorg(20n, 30)
    t.source.answer = async () => t.status(t.l1.at(8n), 4)
    await t.tick()
    expect(localSafes(t.engine.followed)).toEqual(followed)
    t.source.answer = async () => t.status(t.l1.at(23n), 6)
    await t.tick()
    expect(localSafes(t.engine.followed).at(-1)).toBe(6n)
  })

  it('nor is one that goes on held by what it told of a later L1', async () => {
    const t = restarted(10n, 9)
    await t.start()
    const { headerByNumber } = t.l1
    t.l1.headerByNumber = async (number, signal) => (number > 9n ? null : headerByNumber(number, signal))
    t.source.answer = async () => t.status(t.l1.at(15n), 15)
    await t.tick()
    expect(t.count('ahead_of_own_l1')).toBe(1)
    t.l1.headerByNumber = headerByNumber
    t.source.answer = async () => t.status(t.l1.at(12n), 11)
    await t.tick()
    expect(localSafes(t.engine.followed)).toEqual([9n, 11n])
  })

  it('nor by what was refused for another reason', async () => {
    const t = restarted(19n, 9)
    await t.start()
    const far = { ...t.chain[9]!, number: 100_328n, timestamp: 200_656n }
    t.source.answer = async () => ({ ...t.status(t.l1.at(17n), 9), localSafeL2: far, safeL2: far })
    await t.tick()
    expect(t.count('dropped_time')).toBe(1)
    t.reorg(18n, 30)
    t.source.answer = async () => t.status(t.l1.at(17n), 4)
    await t.tick()
    expect(localSafes(t.engine.followed)).toEqual([9n, 4n])
  })

  it('not when own L1 orphaned where it was', async () => {
    const t = restarted(19n, 9)
    await t.start()
    t.reorg(18n, 30)
    t.source.answer = async () => t.status(t.l1.at(17n), 4)
    await t.tick()
    expect(localSafes(t.engine.followed)).toEqual([9n, 4n])
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
    const t = createFollowRig()
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
    const t = createFollowRig()
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
