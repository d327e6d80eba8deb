import { describe, expect, it } from 'vitest'
import { liveLine, readLiveLine } from './live-line.ts'
import { emptyResult } from './result.ts'

describe('how a campaign goes', () => {
  it('is read as it was written, the last line of all', () => {
    const lines = [1, 30].map(
      (runs) => `model engine · ${liveLine({ ...emptyResult, runs, virtualMs: 9_000 }, 20_000)}\n`,
    )
    expect(readLiveLine(lines.join('seed 7: convergence: no\n'))).toEqual({
      runs: 30,
      perMinute: 90,
      failures: 0,
    })
  })

  it.each([
    ['nothing yet', ''],
    ['something else', 'lockstep fuzz: the processes that run seeds do not start\n'],
    ['a line that was cut', '30 seeds · 90.0 a minute · 0.5 virtual'],
  ])('is not known by %s', (_, text) => {
    expect(readLiveLine(text)).toBeNull()
  })
})
