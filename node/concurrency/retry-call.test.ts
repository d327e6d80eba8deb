import { describe, expect, it } from 'vitest'
import { createFakeClock, type FakeClock } from '../ports/testing/fake-clock.ts'
import { createFakeRandom } from '../ports/testing/fake-random.ts'
import { type RetryOptions, retryCall } from './retry-call.ts'

const options = (change: Partial<RetryOptions> = {}): RetryOptions & { readonly clock: FakeClock } => ({
  attemptsMax: 4,
  backOff: { firstMs: 100, maxMs: 200 },
  ...change,
  clock: createFakeClock(),
})

/** Fails so many times, then answers. */
function failing<T>(times: number, answer: T) {
  let calls = 0
  const call = async () => {
    calls++
    if (calls <= times) throw new Error(`failure ${calls}`)
    return answer
  }
  return Object.assign(call, { count: () => calls })
}

describe('retryCall', () => {
  it('waits twice as long each time, up to the longest wait, and answers', async () => {
    const call = failing(3, 'answer')
    const set = options()
    let answer: string | null = null
    const done = retryCall(call, set).then((value) => {
      answer = value
    })
    for (const [ms, calls] of [
      [0, 1],
      [99, 1],
      [1, 2],
      [199, 2],
      [1, 3],
      [199, 3],
      [1, 4],
    ] as const) {
      await set.clock.advance(ms)
      expect(call.count()).toBe(calls)
    }
    await done
    expect(answer).toBe('answer')
  })

  it('waits up to a quarter less by chance, so that two who were refused together do not come back in step', async () => {
    const calledAt: number[][] = []
    for (const byte of [0, 255]) {
      const set = options({ random: createFakeRandom(byte) })
      const times: number[] = []
      calledAt.push(times)
      const startMs = set.clock.nowMs()
      const call = async () => {
        times.push(set.clock.nowMs() - startMs)
        if (times.length < 4) throw new Error('refused')
      }
      const done = retryCall(call, set)
      for (let ms = 0; ms < 600; ms++) await set.clock.advance(1)
      await done
    }
    expect(calledAt[0]).toEqual([0, 100, 300, 500])
    expect(calledAt[1]?.map((atMs) => Math.round(atMs / 5) * 5)).toEqual([0, 75, 225, 375])
  })

  it('gives up with the last error', async () => {
    const set = options()
    const refused = expect(retryCall(failing(9, null), set)).rejects.toThrow('failure 4')
    await set.clock.advance(10_000)
    await refused
    expect(set.clock.sleeping).toBe(0)
  })

  it('takes an answer of nothing for an answer', async () => {
    const call = failing(0, null)
    expect(await retryCall(call, options())).toBeNull()
    expect(call.count()).toBe(1)
  })

  it('asks once when another attempt cannot mend the error', async () => {
    const call = failing(1, 'answer')
    await expect(retryCall(call, options({ isTemporary: () => false }))).rejects.toThrow('failure 1')
    expect(call.count()).toBe(1)
  })

  it('ends a wait, and starts none, with the reason of the signal', async () => {
    const stop = new AbortController()
    const call = failing(9, null)
    const set = options({ signal: stop.signal })
    const ended = expect(retryCall(call, set)).rejects.toThrow('the test ends')
    await set.clock.settle()
    stop.abort(new Error('the test ends'))
    await ended
    expect(call.count()).toBe(1)
    await expect(retryCall(call, set)).rejects.toThrow('the test ends')
    expect(call.count()).toBe(1)
  })

  it('gets a walk of 460 calls through 30 % of refusals', async () => {
    const clock = createFakeClock()
    let seed = 1
    let asked = 0
    const call = async () => {
      asked++
      seed = (seed * 48_271) % 2_147_483_647
      if (seed / 2_147_483_647 < 0.3) throw new Error('refused')
      return null
    }
    const walk = (async () => {
      for (let step = 0; step < 460; step++)
        await retryCall(call, { clock, attemptsMax: 8, backOff: { firstMs: 100, maxMs: 1_000 } })
    })()
    await clock.advance(1_000_000)
    await walk
    expect(asked).toBeLessThan(460 * 2)
  })
})
