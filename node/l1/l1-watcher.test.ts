import { describe, expect, it } from 'vitest'
import type { L1Header, L1Label } from '../ports/l1-source.ts'
import { createCountingMetrics } from '../ports/testing/counting-metrics.ts'
import { createFakeClock } from '../ports/testing/fake-clock.ts'
import { createFakeL1, type FakeL1 } from '../ports/testing/fake-l1.ts'
import { createFakeRandom } from '../ports/testing/fake-random.ts'
import { createSilentLogger } from '../ports/testing/silent-logger.ts'
import { isZeroRef } from '../protocol/refs.ts'
import { lookMsMax, looksMax } from './fork-doubt.ts'
import { createL1Watcher } from './l1-watcher.ts'

async function setUp(prepare: (l1: FakeL1) => void = () => {}, pollIntervalMs = 250) {
  const l1 = createFakeL1()
  l1.mine(10)
  prepare(l1)
  const clock = createFakeClock()
  const counting = createCountingMetrics()
  const logger = createSilentLogger()
  const watcher = createL1Watcher({
    l1,
    pollIntervalMs,
    clock,
    random: createFakeRandom(),
    logger,
    metrics: counting.metrics,
  })
  const seen = {
    latest: [] as bigint[],
    finalized: [] as bigint[],
    added: [] as bigint[],
    removed: [] as bigint[],
  }
  watcher.onLatest(({ number }) => seen.latest.push(number))
  watcher.onFinalized(({ number }) => seen.finalized.push(number))
  watcher.onChainChange(({ added, removed }) => {
    seen.added.push(...added.map((block) => block.number))
    seen.removed.push(...removed.map((block) => block.number))
  })
  const stop = new AbortController()
  const running = watcher.run(stop.signal)
  running.catch(() => {})
  await clock.settle()
  return { l1, clock, watcher, seen, stop, running, logger, value: counting.value }
}

describe('L1 watcher', () => {
  it('publishes every label, and each change once', async () => {
    const { l1, clock, watcher, seen } = await setUp()
    await clock.advance(1_000)
    l1.mine(2)
    l1.setLabel('safe', 6n)
    l1.setLabel('finalized', 4n)
    await clock.advance(1_000)
    expect(watcher.heads).toMatchObject({
      latest: { number: 12n },
      safe: { number: 6n },
      finalized: { number: 4n },
    })
    expect(seen.latest).toEqual([10n, 12n])
    expect(seen.finalized).toEqual([0n, 4n])
    expect(seen.added).toEqual([10n, 11n, 12n])
  })

  it('notices labels that move without a new head', async () => {
    const { l1, clock, watcher } = await setUp()
    l1.setLabel('finalized', 7n)
    await clock.advance(1_000)
    expect(watcher.heads.finalized.number).toBe(7n)
  })

  it('tells of a reorg with its depth', async () => {
    const { l1, clock, seen, value } = await setUp()
    l1.mine(3)
    await clock.advance(250)
    l1.reorg(11n, 4)
    await clock.advance(250)
    expect(seen.removed).toEqual([])
    await clock.advance(250)
    expect(seen.removed).toEqual([11n, 12n, 13n])
    expect(value('l1_reorg_depth')).toBe(1)
  })

  it('settles a doubt within seconds, however seldom L1 is polled', async () => {
    const pollIntervalMs = 6_000
    const { l1, clock, watcher } = await setUp(() => {}, pollIntervalMs)
    l1.reorg(8n, 4)
    await clock.advance(pollIntervalMs)
    // Each look finds another fork than the one before, so that the most looks are needed.
    for (let reorgs = 0; reorgs < 2; reorgs++) {
      l1.reorg(8n, 4)
      await clock.advance(lookMsMax)
    }
    expect(watcher.heads.latest.hash).not.toBe(l1.head.hash)
    await clock.advance((looksMax - 1) * lookMsMax)
    expect(watcher.heads.latest.hash).toBe(l1.head.hash)
  })

  it('looks no more often once nothing is in doubt', async () => {
    let asked = { latest: 0, safe: 0, finalized: 0 }
    const { l1, clock } = await setUp((one) => {
      asked = refusing(one, {})
    }, 6_000)
    l1.reorg(8n, 4)
    await clock.advance(6_000 + lookMsMax)
    const before = asked.latest
    await clock.advance(60_000)
    expect(asked.latest - before).toBe(10)
  })

  it('remembers as orphans what a shorter L1 has no block in the place of', async () => {
    const { l1, clock, watcher } = await setUp()
    l1.mine(3)
    await clock.advance(250)
    const last = l1.at(13n)
    expect(watcher.isOrphan(last)).toBe(false)
    l1.reorg(12n, 1)
    await clock.advance(1_000)
    expect(watcher.heads.latest.number).toBe(12n)
    expect(watcher.isOrphan(last)).toBe(true)
    expect(watcher.isOrphan({ number: 13n, hash: l1.at(9n).hash })).toBe(false)
  })

  it('goes on after L1 was down', async () => {
    const { l1, clock, watcher, stop, running } = await setUp()
    l1.failure = new Error('down')
    await clock.advance(3_000)
    l1.failure = null
    l1.mine()
    await clock.advance(5_000)
    expect(watcher.heads.latest.number).toBe(11n)
    stop.abort(new Error('stop'))
    await expect(running).rejects.toThrow('stop')
  })
})

/** Counts how often each label is asked for, and lets a label be refused in a server's own way. */
function refusing(l1: FakeL1, answers: Partial<Record<L1Label, () => L1Header | null>>) {
  const asked = { latest: 0, safe: 0, finalized: 0 }
  const { headerByLabel } = l1
  l1.headerByLabel = async (label) => {
    asked[label]++
    const answer = answers[label]
    return answer === undefined ? headerByLabel(label) : answer()
  }
  return asked
}

describe('L1 labels, each by itself', () => {
  it.each<[Exclude<L1Label, 'latest'>, string, () => L1Header | null]>([
    [
      'safe',
      'with an error',
      () => {
        throw new Error("'safe' tag not supported on pre-merge network")
      },
    ],
    [
      'finalized',
      'with an error',
      () => {
        throw new Error('finalized block not found')
      },
    ],
    ['safe', 'with null', () => null],
    ['finalized', 'with null', () => null],
  ])('%s refused %s: heads and the other label go on, and it is said once', async (label, _, refuse) => {
    let asked = { latest: 0, safe: 0, finalized: 0 }
    const t = await setUp((l1) => {
      asked = refusing(l1, { [label]: refuse })
    })
    const other = label === 'safe' ? 'finalized' : 'safe'
    for (let second = 0; second < 120; second++) {
      t.l1.mine()
      t.l1.setLabel(other, t.l1.head.number - 2n)
      await t.clock.advance(1_000)
      expect(t.watcher.heads.latest.number).toBe(t.l1.head.number)
      expect(t.watcher.heads[other].number).toBe(t.l1.head.number - 2n)
    }
    expect(asked.latest).toBeGreaterThanOrEqual(480)
    // Doubling from a second up to half a minute.
    expect(asked[label]).toBeGreaterThan(5)
    expect(asked[label]).toBeLessThan(12)
    expect(t.logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
    expect(isZeroRef(t.watcher.heads[label])).toBe(true)
  })

  it('a label that never answers delays no head', async () => {
    const t = await setUp((l1) => {
      const { headerByLabel } = l1
      l1.headerByLabel = (label) => (label === 'safe' ? new Promise(() => {}) : headerByLabel(label))
    })
    t.l1.mine(3)
    t.l1.setLabel('finalized', 9n)
    await t.clock.advance(1_000)
    expect(t.watcher.heads).toMatchObject({ latest: { number: 13n }, finalized: { number: 9n } })
  })

  it('a refusal that ends is noticed, and said', async () => {
    let down = true
    const t = await setUp((l1) => {
      const { headerByLabel } = l1
      l1.headerByLabel = async (label) => {
        if (down && label === 'finalized') throw new Error('busy')
        return headerByLabel(label)
      }
    })
    await t.clock.advance(2_000)
    down = false
    t.l1.setLabel('finalized', 8n)
    await t.clock.advance(4_000)
    expect(t.watcher.heads.finalized.number).toBe(8n)
    expect(t.logger.lines.some(({ message }) => message.includes('answers for a label again'))).toBe(true)
  })
})

describe('L1 watcher, catching up', () => {
  it.each([
    ['every 50th call fails', (call: number) => call % 50 === 49],
    ['every fourth call fails', (call: number) => call % 4 === 3],
  ])('gets over 120 blocks although %s, with few calls more', async (_, fails) => {
    const t = await setUp()
    t.l1.mine(120)
    let calls = 0
    const { headerByHash, headerByLabel } = t.l1
    const count = () => {
      if (fails(calls++)) throw new Error('429')
    }
    t.l1.headerByHash = async (hash) => {
      count()
      return headerByHash(hash)
    }
    t.l1.headerByLabel = async (label) => {
      if (label === 'latest') count()
      return headerByLabel(label)
    }
    let seconds = 0
    for (; t.watcher.heads.latest.number < 130n && seconds < 60; seconds++) await t.clock.advance(1_000)
    expect(t.seen.added.slice(1)).toEqual(
      Array.from({ length: 120 }, (_unused, index) => 11n + BigInt(index)),
    )
    // One poll a quarter of a second, and the walk.
    expect(calls).toBeLessThan(240)
    expect(seconds).toBeLessThan(20)
  })
})

describe('L1 watcher, another fork', () => {
  it('moves nothing for a fork that was shown once', async () => {
    const t = await setUp()
    const fork = createFakeL1()
    fork.mine(10)
    fork.reorg(8n, 4)
    const { headerByLabel } = t.l1
    t.l1.headerByLabel = (label) => fork.headerByLabel(label)
    t.l1.headerByHash = (hash) => fork.headerByHash(hash)
    await t.clock.advance(250)
    t.l1.headerByLabel = headerByLabel
    await t.clock.advance(10_000)
    expect(t.seen.removed).toEqual([])
    expect(t.seen.latest).toEqual([10n])
  })

  it('is settled again when L1 has shown one fork long enough', async () => {
    const t = await setUp()
    await t.clock.advance(1_000)
    expect(t.watcher.isSettled).toBe(true)
    t.l1.reorg(8n, 4)
    await t.clock.advance(500)
    expect([t.seen.removed, t.watcher.isSettled]).toEqual([[10n], false])
    await t.clock.advance((looksMax - 1) * 250)
    expect(t.watcher.isSettled).toBe(false)
    await t.clock.advance(250)
    expect(t.watcher.isSettled).toBe(true)
  })

  // Campaign, seed 851453: L1 had been away, and the next look at its head was seconds off.
  it('is in doubt from the first sight of another fork on, be it of who asks for a block above the view', async () => {
    const t = await setUp()
    await t.clock.advance(1_000)
    expect(t.watcher.isInDoubt).toBe(false)
    t.l1.reorg(8n, 4)
    await t.watcher.l1.headerByNumber(11n)
    expect([t.seen.removed, t.watcher.isInDoubt]).toEqual([[], true])
    await t.clock.advance(250)
    expect([t.seen.removed, t.watcher.isInDoubt]).toEqual([[], true])
    await t.clock.advance(500)
    expect([t.seen.removed, t.watcher.isInDoubt]).toEqual([[10n], false])
  })

  it('tells the orphans before the new head', async () => {
    const t = await setUp()
    const order: string[] = []
    t.watcher.onLatest(({ number }) => order.push(`head ${number}`))
    t.watcher.onChainChange(({ removed }) => order.push(`orphans ${removed.length}`))
    t.l1.reorg(10n, 2)
    await t.clock.advance(500)
    expect(order).toEqual(['orphans 1', 'head 11'])
  })

  it('answers number → hash from what it believes, with no call, until the fork is confirmed', async () => {
    const t = await setUp()
    t.l1.mine(3)
    await t.clock.advance(250)
    const orphan = t.l1.at(12n)
    t.l1.reorg(12n, 3)
    const before = t.l1.calls.get('headerByNumber') ?? 0
    await t.clock.advance(250)
    expect((await t.watcher.l1.headerByNumber(12n))?.hash).toBe(orphan.hash)
    expect(t.watcher.isOrphan(t.l1.at(12n))).toBe(true)
    await t.clock.advance(250)
    expect((await t.watcher.l1.headerByNumber(12n))?.hash).toBe(t.l1.at(12n).hash)
    expect(t.l1.calls.get('headerByNumber') ?? 0).toBe(before)
  })

  it('reaches what it has, and what lies below it, but no other block and none above', async () => {
    const t = await setUp()
    t.l1.mine(3)
    await t.clock.advance(250)
    const orphan = t.l1.at(12n)
    expect([12n, 13n, 5n].map((number) => t.watcher.reaches(t.l1.at(number)))).toEqual([true, true, true])
    t.l1.reorg(12n, 3)
    // Of the fork that L1 has now, but the view has not.
    expect([11n, 12n, 14n].map((number) => t.watcher.reaches(t.l1.at(number)))).toEqual([true, false, false])
    await t.clock.advance(500)
    expect([t.watcher.reaches(t.l1.at(12n)), t.watcher.reaches(orphan)]).toEqual([true, false])
  })

  it('looks once more when asked for a block above its head, one look for all who ask', async () => {
    const t = await setUp()
    t.l1.mine(2)
    const asked = refusing(t.l1, {})
    const [there, head, none] = await Promise.all(
      [11n, 12n, 13n].map((number) => t.watcher.l1.headerByNumber(number)),
    )
    expect(there?.hash).toBe(t.l1.at(11n).hash)
    expect(head?.hash).toBe(t.l1.at(12n).hash)
    expect(none).toBeNull()
    expect(asked.latest).toBe(1)
    expect(t.seen.latest).toEqual([10n, 12n])
  })

  it('proves no fork by looks that somebody asked for: they come too soon after another', async () => {
    const t = await setUp()
    t.l1.reorg(10n, 2)
    for (let asked = 0; asked < 5; asked++) expect(await t.watcher.l1.headerByNumber(11n)).toBeNull()
    expect(t.seen.removed).toEqual([])
    await t.clock.advance(500)
    expect(t.seen.removed).toEqual([10n])
  })

  it('grows down to blocks close below what it has seen, and lets L1 answer for those far below', async () => {
    const t = await setUp()
    const another = { number: 7n, hash: t.l1.at(6n).hash }
    expect(t.watcher.isOrphan(another)).toBe(false)
    expect((await t.watcher.l1.headerByNumber(7n))?.hash).toBe(t.l1.at(7n).hash)
    expect(t.watcher.isOrphan(another)).toBe(true)
    expect(t.l1.calls.get('headerByNumber') ?? 0).toBe(0)
    t.l1.mine(2_000)
    await t.clock.advance(250)
    expect((await t.watcher.l1.headerByNumber(7n))?.hash).toBe(t.l1.at(7n).hash)
    expect(t.watcher.isOrphan(another)).toBe(false)
    expect(t.l1.calls.get('headerByNumber')).toBe(1)
  })

  it('takes no lag for a reorg, also below everything that it has seen', async () => {
    const t = await setUp()
    const { headerByLabel } = t.l1
    for (const number of [9n, 4n]) {
      t.l1.headerByLabel = async (label) => (label === 'latest' ? t.l1.at(number) : headerByLabel(label))
      await t.clock.advance(1_000)
    }
    expect(t.seen.removed).toEqual([])
    expect((await t.watcher.l1.headerByNumber(10n))?.hash).toBe(t.l1.at(10n).hash)
  })
})
