import { describe, expect, it } from 'vitest'
import { createCountingMetrics } from '../ports/testing/counting-metrics.ts'
import { createFakeClock } from '../ports/testing/fake-clock.ts'
import { createFakeL1 } from '../ports/testing/fake-l1.ts'
import { createSilentLogger } from '../ports/testing/silent-logger.ts'
import { createL1Watcher } from './l1-watcher.ts'

async function setUp() {
  const l1 = createFakeL1()
  l1.mine(10)
  const clock = createFakeClock()
  const counting = createCountingMetrics()
  const watcher = createL1Watcher({
    l1,
    pollIntervalMs: 250,
    clock,
    logger: createSilentLogger(),
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
  return { l1, clock, watcher, seen, stop, running, value: counting.value }
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
