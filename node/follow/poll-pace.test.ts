import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { initialPace, learnPhase, nextPoll, type PollPace, pollGapMsMin } from './poll-pace.ts'

const limits = { blockTimeMs: 1_000, periodMs: 500 }

/**
 * Polls a source whose head moves at `phaseMs` of every second block, a little earlier or later each time, and answers
 * the lags with which the last moves were seen.
 */
function follow(
  phaseMs: number,
  spreadMs: number,
  startMs: number,
  moves = 60,
): { lags: number[]; polls: number } {
  const movesAt = Array.from(
    { length: moves },
    (_, index) => index * 2_000 + phaseMs + ((index * 37) % 11) * (spreadMs / 10),
  )
  let pace: PollPace = initialPace
  let atMs = startMs
  let seen = -1
  let polls = 0
  const lags: number[] = []
  while (seen < movesAt.length - 1 && polls < 10_000) {
    const newest = movesAt.findLastIndex((moved) => moved <= atMs)
    if (newest > seen) lags.push(atMs - movesAt[newest]!)
    const next = nextPoll(
      pace,
      { outcome: newest > seen ? 'moved' : 'same', beganMs: atMs, endedMs: atMs + 5 },
      limits,
      (polls % 7) / 7,
    )
    seen = Math.max(seen, newest)
    polls++
    expect(next.atMs - atMs).toBeGreaterThanOrEqual(pollGapMsMin)
    pace = next.pace
    atMs = next.atMs
  }
  return { lags: lags.slice(-20).toSorted((a, b) => a - b), polls }
}

describe('when to poll', () => {
  it('converges to the moment in which the heads move, whatever it is and whenever polling began', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 999 }),
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 0, max: 2_000 }),
        (phaseMs, spreadMs, startMs) => {
          const { lags, polls } = follow(phaseMs, spreadMs, startMs)
          expect(lags[lags.length >> 1]).toBeLessThanOrEqual(150)
          expect(lags.at(-1)).toBeLessThanOrEqual(limits.blockTimeMs)
          // Not more than four looks at each block time.
          expect(polls).toBeLessThanOrEqual(60 * 2 * 4 + 20)
        },
      ),
    )
  })

  it('follows a moment that wanders', () => {
    let phaseMs: number | null = 400
    for (let round = 0; round < 40; round++) {
      const movedMs = round * 1_000 + 700
      const aimMs = round * 1_000 + (phaseMs as number)
      // A poll at the aim, then one 100 ms later, then half a block later.
      const polls = [aimMs, aimMs + 100, aimMs + 500, aimMs + 1_000]
      const seen = polls.findIndex((poll) => poll >= movedMs)
      const fromMs = seen === 0 ? aimMs - 500 : polls[seen - 1]!
      phaseMs = learnPhase(phaseMs, { fromMs, toMs: polls[seen]! }, 1_000)
    }
    expect(Math.abs((phaseMs as number) - 700)).toBeLessThanOrEqual(100)
  })

  it('learns nothing from a span as long as a block', () => {
    expect(learnPhase(null, { fromMs: 0, toMs: 1_000 }, 1_000)).toBeNull()
    expect(learnPhase(300, { fromMs: 0, toMs: 2_500 }, 1_000)).toBe(300)
  })

  const poll = (outcome: 'moved' | 'same' | 'behind' | 'failed', atMs: number, tookMs = 10) => ({
    outcome,
    beganMs: atMs,
    endedMs: atMs + tookMs,
  })
  const delay = (pace: PollPace, made: ReturnType<typeof poll>, jitter = 0.5) =>
    nextPoll(pace, made, limits, jitter).atMs - made.endedMs

  it('at once again while the source is ahead, ever slower, and never faster than the limit', () => {
    let pace = initialPace
    const delays: number[] = []
    for (let atMs = 0; delays.length < 6; ) {
      const next = nextPoll(pace, poll('behind', atMs), limits, 0.5)
      delays.push(next.atMs - atMs)
      pace = next.pace
      atMs = next.atMs
    }
    expect(delays).toEqual([110, 210, 410, 510, 510, 510])
  })

  it('with the period after a failure and while nothing is known, give or take a tenth', () => {
    expect(
      [0, 0.5, 0.999].map((jitter) => Math.round(delay(initialPace, poll('failed', 0), jitter))),
    ).toEqual([450, 500, 550])
    expect(delay({ ...initialPace, movedMs: 0 }, poll('same', 1_000))).toBe(500)
  })

  it('slower while nothing changes: up to one block time', () => {
    expect(delay({ ...initialPace, movedMs: 0 }, poll('same', 10_000))).toBe(1_000)
  })

  it('never faster than the period of an operator who wants fewer polls', () => {
    const slow = { blockTimeMs: 1_000, periodMs: 5_000 }
    const pace = { ...initialPace, phaseMs: 300, movedMs: 0, seenMs: 0 }
    expect(nextPoll(pace, poll('same', 400), slow, 0.5).atMs - 410).toBe(5_000)
  })
})
