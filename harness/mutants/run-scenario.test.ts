import { describe, expect, it } from 'vitest'
import { hasPassed } from './run-scenario.ts'

const said = (counts: Partial<Record<'passed' | 'failed' | 'inconclusive' | 'skipped', number>>) =>
  `progress\n${JSON.stringify({ interrupted: false, passed: 0, failed: 0, inconclusive: 0, skipped: 0, ...counts })}\n`

describe('what a scenario says of a mutant', () => {
  it.each([
    { counts: { passed: 1 }, passed: true },
    { counts: { failed: 1 }, passed: false },
    { counts: { inconclusive: 1 }, passed: false },
  ])('$counts', ({ counts, passed }) => expect(hasPassed('A', said(counts))).toBe(passed))

  it.each([
    { output: said({ skipped: 1 }), error: 'A did not run: 1 skipped' },
    { output: 'Error: cannot find module', error: 'A gave no result\nError: cannot find module' },
  ])('is nothing: $error', ({ output, error }) => expect(() => hasPassed('A', output)).toThrow(error))
})
