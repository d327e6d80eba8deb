import { describe, expect, it } from 'vitest'
import { createTimeLimit } from './time-limit.ts'
import { createVirtualClock } from './virtual-clock.ts'

const limitMs = 100
const never = () => new Promise<never>(() => {})

function setUp() {
  const clock = createVirtualClock({ startMs: 1_000 })
  return { clock, limit: createTimeLimit(clock, limitMs) }
}

describe('a time limit', () => {
  it('ends each call when its own time is up, one timer serving all', async () => {
    const { clock, limit } = setUp()
    const ends: [string, number][] = []
    const call = (name: string) =>
      limit.run(undefined, never).catch((error: Error) => {
        expect(error.message).toBe(`no answer within ${limitMs} ms`)
        ends.push([name, clock.nowMs()])
      })
    await clock.runUntil(
      (async () => {
        const first = call('first')
        await clock.sleep(30)
        const second = call('second')
        await Promise.all([first, second])
      })(),
    )
    expect(ends).toEqual([
      ['first', 1_100],
      ['second', 1_130],
    ])
  })

  it('does not end what was answered, and begins anew after a pause', async () => {
    const { clock, limit } = setUp()
    const answer = async (ms: number) => {
      await clock.sleep(ms)
      return ms
    }
    await clock.runUntil(
      (async () => {
        expect(await limit.run(undefined, () => answer(99))).toBe(99)
        await clock.sleep(1_000)
        const startedMs = clock.nowMs()
        await expect(limit.run(undefined, never)).rejects.toThrow('no answer within')
        expect(clock.nowMs() - startedMs).toBe(limitMs)
      })(),
    )
  })

  it('gives up with the reason of its signal, and tells the work so', async () => {
    const { clock, limit } = setUp()
    const stop = new AbortController()
    const reason = new Error('the node stops')
    let told: unknown = null
    const running = limit.run(stop.signal, async (attempt) => {
      const { signal } = attempt
      signal.addEventListener('abort', () => {
        told = signal.reason
      })
      await clock.sleep(50)
      attempt.throwIfOver()
    })
    await clock.runUntil(
      (async () => {
        stop.abort(reason)
        await expect(running).rejects.toBe(reason)
        await expect(limit.run(stop.signal, never)).rejects.toBe(reason)
      })(),
    )
    expect(told).toBe(reason)
  })
})
