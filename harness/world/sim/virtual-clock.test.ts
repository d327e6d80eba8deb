import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createVirtualClock, SimulationStuck } from './virtual-clock.ts'

describe('createVirtualClock', () => {
  it('wakes timers by their time, and those of one time in the order in which they were set', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { minLength: 1, maxLength: 60 }), async (delays) => {
        const clock = createVirtualClock({ startMs: 1_000 })
        const woken: number[] = []
        const sleeps = delays.map(async (ms, index) => {
          await clock.sleep(ms)
          expect(clock.nowMs()).toBe(1_000 + ms)
          woken.push(index)
        })
        await clock.runUntil(Promise.all(sleeps))
        const expected = delays.map((ms, index) => ({ ms, index })).toSorted((a, b) => a.ms - b.ms)
        expect(woken).toEqual(expected.map(({ index }) => index))
      }),
      { numRuns: 50 },
    )
  })

  it('lets everything settle that one timer woke before the next one fires', async () => {
    const clock = createVirtualClock({ startMs: 0 })
    const seen: string[] = []
    const long = async () => {
      await clock.sleep(5)
      for (let turn = 0; turn < 50; turn++) await Promise.resolve()
      seen.push('long')
    }
    const short = async () => {
      await clock.sleep(5)
      seen.push('short')
    }
    await clock.runUntil(Promise.all([long(), short()]))
    expect(seen).toEqual(['long', 'short'])
  })

  it('gives up a sleep with the reason of its signal', async () => {
    const clock = createVirtualClock({ startMs: 0 })
    const over = new AbortController()
    const sleeping = clock.sleep(1_000, over.signal)
    const ending = clock.sleep(10).then(() => over.abort(new Error('enough')))
    await expect(clock.runUntil(sleeping)).rejects.toThrow('enough')
    await ending
    expect(clock.nowMs()).toBe(10)
  })

  it('holds the timers of a paused component until it goes on', async () => {
    const clock = createVirtualClock({ startMs: 0 })
    let paused = true
    const node = clock.of('node', () => paused)
    const woken = node.sleep(10).then(() => clock.nowMs())
    const resumed = clock.sleep(50).then(() => {
      paused = false
      clock.release('node')
    })
    await clock.runUntil(resumed)
    expect(await clock.runUntil(woken)).toBe(50)
  })

  it('names whose timers fire without time passing', async () => {
    const clock = createVirtualClock({ startMs: 0, timersPerMomentMax: 100 })
    const busy = clock.of('busy node')
    const spin = async () => {
      for (;;) await busy.sleep(0)
    }
    await expect(clock.runUntil(spin())).rejects.toThrow(/time did not pass.*busy node/)
  })

  it('names who reads the time and never waits', async () => {
    const clock = createVirtualClock({ startMs: 0, usesPerTurnMax: 1_000 })
    const busy = clock.of('busy node')
    const spin = async () => {
      for (;;) await Promise.resolve(busy.nowMs())
    }
    await expect(clock.runUntil(spin())).rejects.toThrow(/busy node asked for the time 1000 times/)
  })

  it('gives the process its turn while timers fire', async () => {
    const clock = createVirtualClock({ startMs: 0 })
    let turns = 0
    const count = () => {
      turns++
      if (!over) setTimeout(count)
    }
    let over = false
    const waiting = async () => {
      for (let timer = 0; timer < 10_000; timer++) await clock.sleep(1)
      over = true
    }
    count()
    await clock.runUntil(waiting())
    expect(turns).toBeGreaterThan(3)
  })

  it('ends when nothing is left to wait for', async () => {
    const clock = createVirtualClock({ startMs: 0 })
    await expect(clock.runUntil(new Promise(() => {}))).rejects.toThrow(SimulationStuck)
  })
})
