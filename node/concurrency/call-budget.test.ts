import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../ports/testing/fake-clock.ts'
import { createFakeRandom } from '../ports/testing/fake-random.ts'
import { createCallBudget, waitingMax } from './call-budget.ts'
import { createCallRate } from './call-rate.ts'

const ms = (perSecond: number) => 1000 / perSecond

describe('call rate', () => {
  it.each([1, 3, 10, 60])('lets %d calls go in any second, and a tenth more at once', (perSecond) => {
    const rate = createCallRate(perSecond)
    const times: number[] = []
    for (let nowMs = 0; times.length < perSecond * 5; ) {
      const waitMs = rate.waitMs(nowMs)
      if (waitMs > 0) nowMs += waitMs
      else {
        rate.take(nowMs)
        times.push(nowMs)
      }
    }
    const burst = Math.max(1, Math.floor(perSecond / 10))
    for (const from of times)
      expect(times.filter((at) => at >= from && at < from + 1000).length).toBeLessThanOrEqual(
        perSecond + burst - 1,
      )
    expect(times.at(-1)).toBeLessThanOrEqual(5 * 1000)
  })

  it('has no limit until a refusal teaches one, from what was answered in the second before', () => {
    const rate = createCallRate(null)
    for (let call = 0; call < 100; call++) {
      expect(rate.waitMs(call)).toBe(0)
      rate.take(call)
      if (call < 10) rate.answered(call)
    }
    expect(rate.refused({ nowMs: 100, sentMs: 50, retryAfterMs: null })).toBe(true)
    expect(rate.perSecond(100)).toBe(8)
    expect(rate.waitMs(100)).toBe(1_000)
    // The others of the same moment say the same.
    expect(rate.refused({ nowMs: 110, sentMs: 60, retryAfterMs: null })).toBe(false)
    expect(rate.perSecond(110)).toBeCloseTo(8, 1)
    expect(rate.waitMs(1_100)).toBe(0)
    // Slowly up to what was refused, and faster when that is not refused any more.
    expect(rate.perSecond(100 + 11_300)).toBeCloseTo(10, 1)
    expect(rate.perSecond(100 + 21_300)).toBeGreaterThan(35)
    expect(rate.perSecond(100 + 600_000)).toBe(Number.POSITIVE_INFINITY)
  })

  it('waits as long as the server says, but not for ever, and longer each time it says nothing', () => {
    const rate = createCallRate(10)
    const refusedAt = (nowMs: number, retryAfterMs: number | null) => {
      rate.refused({ nowMs, sentMs: nowMs, retryAfterMs })
      return rate.waitMs(nowMs)
    }
    expect(refusedAt(0, 3_000)).toBe(3_000)
    expect(refusedAt(3_000, 10 ** 9)).toBe(30_000)
    expect(refusedAt(33_000, null)).toBe(4_000)
    expect(refusedAt(37_000, null)).toBe(8_000)
    expect(refusedAt(45_000, null)).toBe(8_000)
    rate.answered(53_000)
    expect(refusedAt(54_000, null)).toBe(1_000)
    expect(rate.perSecond(54_000)).toBeGreaterThanOrEqual(1)
  })

  it('learns no rate from a refusal after few calls, and less from each one that follows answers', () => {
    const rate = createCallRate(null)
    rate.answered(0)
    expect(rate.refused({ nowMs: 10, sentMs: 5, retryAfterMs: null })).toBe(true)
    expect(rate.perSecond(10)).toBe(4)
    for (let nowMs = 1_500; nowMs < 60_000; nowMs += 3_000) {
      rate.answered(nowMs)
      rate.refused({ nowMs: nowMs + 10, sentMs: nowMs, retryAfterMs: null })
      expect(rate.perSecond(nowMs + 10)).toBeGreaterThanOrEqual(1)
    }
    expect(rate.perSecond(60_000)).toBeLessThan(1.2)
  })

  it('learns of no lower rate from a server that answers nothing', () => {
    const rate = createCallRate(null)
    for (let call = 0; call < 10; call++) rate.answered(call)
    expect(rate.refused({ nowMs: 100, sentMs: 50, retryAfterMs: null })).toBe(true)
    for (const nowMs of [1_100, 3_100, 7_100])
      expect(rate.refused({ nowMs, sentMs: nowMs, retryAfterMs: null })).toBe(false)
    expect(rate.perSecond(15_100)).toBeGreaterThan(8)
    rate.answered(15_100)
    expect(rate.refused({ nowMs: 15_200, sentMs: 15_200, retryAfterMs: null })).toBe(true)
    expect(rate.perSecond(15_200)).toBeLessThan(8)
  })

  it('never exceeds the rate that was given', () => {
    const rate = createCallRate(4)
    rate.refused({ nowMs: 0, sentMs: 0, retryAfterMs: 0 })
    expect(rate.perSecond(0)).toBeLessThan(4)
    expect(rate.perSecond(10 ** 7)).toBe(4)
  })
})

describe('call budget', () => {
  function budget(limit: number | null = 10, byte = 0) {
    const clock = createFakeClock()
    const served: string[] = []
    const calls = createCallBudget({ clock, random: createFakeRandom(byte), limit })
    const ask = (name: string, priority: number, signal?: AbortSignal) =>
      calls.take(priority, signal).then(() => served.push(name))
    return { clock, calls, served, ask }
  }

  it('serves the most urgent first, in order of asking within one priority', async () => {
    const { clock, served, ask } = budget()
    await ask('first', 2)
    for (const name of ['c1', 'c2']) void ask(name, 2)
    for (const name of ['b1', 'b2']) void ask(name, 1)
    for (const name of ['a1', 'a2']) void ask(name, 0)
    await clock.advance(ms(10) * 3)
    expect(served).toEqual(['first', 'a1', 'a2', 'b1'])
    void ask('a3', 0)
    await clock.advance(1_000)
    expect(served).toEqual(['first', 'a1', 'a2', 'b1', 'a3', 'b2', 'c1', 'c2'])
    expect(clock.sleeping).toBe(0)
  })

  it('gives each eighth call to the least urgent', async () => {
    const { clock, served, ask } = budget()
    for (let index = 0; index < 40; index++) void ask('heads', 0)
    void ask('ahead', 2)
    await clock.advance(1_000)
    expect(served).toContain('ahead')
    expect(served.length).toBe(11)
  })

  it('forgets who gives up, and sleeps for nobody', async () => {
    const { clock, calls, served, ask } = budget(1)
    await ask('first', 0)
    const stop = new AbortController()
    const given = expect(ask('given up', 0, stop.signal)).rejects.toThrow('the test ends')
    expect(clock.sleeping).toBe(1)
    stop.abort(new Error('the test ends'))
    // Somebody comes before the sleeper has noticed.
    void ask('second', 0)
    await given
    await clock.advance(999)
    expect(served).toEqual(['first'])
    await clock.advance(1)
    expect(served).toEqual(['first', 'second'])
    expect(clock.sleeping).toBe(0)
    await expect(calls.take(0, stop.signal)).rejects.toThrow('the test ends')
  })

  it('pauses for everybody after a refusal', async () => {
    const { clock, calls, served, ask } = budget(null)
    await ask('first', 0)
    calls.refused(0, 2_000)
    void ask('second', 0)
    await clock.advance(1_999)
    expect(served).toEqual(['first'])
    await clock.advance(1)
    expect(served).toEqual(['first', 'second'])
  })

  it('pauses a little longer by chance, never shorter than the server wants', async () => {
    const { clock, calls, served, ask } = budget(null, 255)
    calls.refused(0, 2_000)
    void ask('first', 0)
    await clock.advance(2_497)
    expect(served).toEqual([])
    await clock.advance(3)
    expect(served).toEqual(['first'])
  })

  it('refuses to let more wait than anybody can mean', async () => {
    const { calls } = budget(0.001)
    for (let index = 0; index <= waitingMax; index++) void calls.take(0).catch(() => {})
    await expect(calls.take(0)).rejects.toThrow(/at most 4096 calls/)
  })
})
