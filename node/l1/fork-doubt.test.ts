import { describe, expect, it } from 'vitest'
import type { BlockId } from '../protocol/refs.ts'
import { calmLooks, createForkDoubt, looksMax, looksMin } from './fork-doubt.ts'

const block = (number: bigint, name: string): BlockId => ({ number, hash: `0x${name.repeat(64)}` })
const ours = block(12n, 'a')
const fork = block(10n, 'b')

/** Looks at the fork until it is believed. */
const looksUntilBelieved = (doubt: ReturnType<typeof createForkDoubt>, wasLeft = false) => {
  for (let looks = 1; looks <= 100; looks++) if (doubt.showsFork(fork, wasLeft)) return looks
  throw new Error('never believed')
}

describe('doubt about another fork', () => {
  it('believes the second look that agrees', () => {
    expect(looksUntilBelieved(createForkDoubt())).toBe(looksMin)
  })

  it('begins to count again when it is another fork', () => {
    const doubt = createForkDoubt()
    expect(doubt.showsFork(fork, false)).toBe(false)
    expect(doubt.showsFork(block(10n, 'c'), false)).toBe(false)
    expect(doubt.showsFork(fork, false)).toBe(false)
  })

  it('never believes a fork that comes and goes', () => {
    const doubt = createForkDoubt()
    for (let look = 0; look < 1_000; look++) {
      expect(doubt.showsFork(fork, false)).toBe(false)
      doubt.showsOurs(ours)
    }
    expect(looksUntilBelieved(doubt)).toBe(looksMax)
  })

  it('asks for four times as many looks when L1 goes back to a fork that it left', () => {
    const doubt = createForkDoubt()
    expect([1, 2, 3, 4].map(() => looksUntilBelieved(doubt, true))).toEqual([8, 16, 16, 16])
  })

  it('is not contradicted by a head that both chains have', () => {
    const doubt = createForkDoubt()
    doubt.showsFork(fork, false)
    doubt.showsOurs(block(9n, 'a'))
    expect(doubt.showsFork(fork, false)).toBe(true)
  })

  it('is settled a few looks after the start, and unsettled by another fork until the most looks in a row agree', () => {
    const doubt = createForkDoubt()
    const looksUntilSettled = () => {
      for (let looks = 0; looks <= 100; looks++) {
        if (doubt.settled) return looks
        doubt.showsOurs(ours)
      }
      throw new Error('never settled')
    }
    expect(looksUntilSettled()).toBe(4)
    looksUntilBelieved(doubt)
    expect(looksUntilSettled()).toBe(looksMax)
    doubt.showsFork(fork, true)
    expect(looksUntilSettled()).toBe(looksMax)
  })

  it('is not settled by a head that both chains have', () => {
    const doubt = createForkDoubt()
    doubt.showsFork(fork, false)
    for (let look = 0; look < 2 * looksMax; look++) doubt.showsOurs(block(9n, 'a'))
    expect(doubt.settled).toBe(false)
  })

  // Campaign, seed 840043~840377: L1 showed two forks in turn, and of one of them no more than what both have.
  it('is not settled while heads go back', () => {
    const doubt = createForkDoubt()
    for (let look = 0; look < 3 * looksMax; look++) {
      doubt.showsOurs(look % 6 === 1 ? block(6n, 'a') : ours)
      if (look > 0) expect(doubt.settled).toBe(false)
    }
    for (let look = 0; look < looksMax; look++) doubt.showsOurs(ours)
    expect(doubt.settled).toBe(true)
  })

  it('calms down', () => {
    const doubt = createForkDoubt()
    for (let look = 0; look < 10; look++) {
      doubt.showsFork(fork, false)
      doubt.showsOurs(ours)
    }
    for (let look = 0; look < 3 * calmLooks; look++) doubt.showsOurs(ours)
    expect(looksUntilBelieved(doubt)).toBe(looksMin)
  })
})
