import { describe, expect, it } from 'vitest'
import { type AcceptResult, acceptJson, acceptText, exitCodeOf, repetitionsOf } from './accept-report.ts'
import type { ScenarioOutcome } from './scenario-outcome.ts'

const outcome = (name: string, state: ScenarioOutcome['outcome'], durationMs = 1_000): ScenarioOutcome => ({
  ...{ name, durationMs, outcome: state, file: `scenarios/${name}.test.ts`, round: 1, attempt: 1 },
  ...{ runDirectory: `/home/me/.lockstep/runs/${name}`, failure: null, errors: [], clients: {}, reached: [] },
})
const result = (outcomes: readonly ScenarioOutcome[], change: Partial<AcceptResult> = {}): AcceptResult => ({
  ...{ outcomes, expected: outcomes.length, rounds: 1, interrupted: false, running: [] },
  ...{ wallMs: 12_345, errors: [], ...change },
})

describe('the exit code', () => {
  it.each([
    { states: ['passed', 'skipped'], code: 0 },
    { states: ['passed', 'failed', 'inconclusive'], code: 1 },
    { states: ['passed', 'known'], code: 0, why: 'a deviation is no news' },
    { states: ['passed', 'inconclusive'], code: 3 },
    { states: ['passed'], change: { expected: 2 }, code: 1, why: 'a process crashed' },
    { states: ['passed'], change: { errors: ['a file does not load'] }, code: 1 },
    { states: ['passed', 'failed'], change: { interrupted: true }, code: 130 },
  ] as const)('$states $change → $code', ({ states, code, ...rest }) => {
    const outcomes = states.map((state, index) => outcome(`S${index}`, state))
    expect(exitCodeOf(result(outcomes, 'change' in rest ? rest.change : {}))).toBe(code)
  })
})

describe('repetitions', () => {
  const outcomes = [
    ...[outcome('A', 'passed', 3_000), outcome('A', 'failed', 9_000), outcome('A', 'passed', 1_000)],
    ...[outcome('B', 'failed', 100), outcome('B', 'failed', 300)],
    outcome('C', 'skipped'),
  ]
  it('counts a flake only where one scenario both passed and did not', () => {
    expect(repetitionsOf(outcomes)).toEqual([
      { name: 'A', runs: 3, passed: 2, flaky: true, minMs: 1_000, medianMs: 3_000, maxMs: 9_000 },
      { name: 'B', runs: 2, passed: 0, flaky: false, minMs: 100, medianMs: 100, maxMs: 300 },
    ])
  })

  it('are in the JSON and in the text', () => {
    const repeated = result(outcomes, { rounds: 3 })
    expect(acceptJson(repeated, '/home/me')).toMatchObject({
      rounds: 3,
      flakes: 1,
      passed: 2,
      failed: 3,
      scenarios: [{ name: 'A', durationMs: 3_000, runDirectory: '.lockstep/runs/A' }, {}, {}, {}, {}, {}],
    })
    expect(acceptText(repeated)).toContain('2/3  A  1.0 / 3.0 / 9.0 s  flaky')
    expect(acceptJson(result(outcomes), '/')).not.toHaveProperty('flakes')
  })
})

describe('an interrupted run', () => {
  it('names what was running, and calls nothing failed', () => {
    const interrupted = result([outcome('A', 'passed'), outcome('B', 'failed')], {
      ...{ interrupted: true, running: ['B', 'C'], expected: 5 },
    })
    expect(acceptJson(interrupted, '/')).toMatchObject({ interrupted: true, running: ['B', 'C'], failed: 0 })
    expect(acceptText(interrupted)).toBe(
      '\ninterrupted after 1 of 5 scenarios passed in 12.3 s\nrunning then: B, C\n',
    )
  })
})
