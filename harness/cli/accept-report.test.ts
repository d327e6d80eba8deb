import { describe, expect, it } from 'vitest'
import { type AcceptResult, acceptJson, acceptText, exitCodeOf, repetitionsOf } from './accept-report.ts'
import type { SettledOutcome } from './settled.ts'

const outcome = (name: string, state: SettledOutcome['outcome'], durationMs = 1_000): SettledOutcome => ({
  ...{ name, durationMs, outcome: state, file: `scenarios/${name}.test.ts`, round: 1, attempt: 1 },
  ...{ runDirectory: `/home/me/.lockstep/runs/${name}`, failure: null, errors: [], clients: {}, reached: [] },
  earlier: [],
})
const result = (outcomes: readonly SettledOutcome[], change: Partial<AcceptResult> = {}): AcceptResult => ({
  ...{ outcomes, selected: outcomes.map(({ name }) => name), rounds: 1, ended: null, running: [] },
  ...{ wallMs: 12_345, errors: [], ...change },
})

describe('the exit code', () => {
  it.each([
    { states: ['passed', 'skipped'], code: 0 },
    { states: ['passed', 'failed', 'inconclusive'], code: 1 },
    { states: ['passed', 'known'], code: 0, why: 'a deviation is no news' },
    { states: ['passed', 'inconclusive'], code: 3 },
    { states: ['passed', 'flaky'], code: 0, why: 'it is told, and passed' },
    { states: ['passed'], change: { selected: ['S0', 'S1'] }, code: 1, why: 'a process crashed' },
    { states: ['passed'], change: { selected: ['S0', 'S1'], ended: 'budget' }, code: 3, why: 'nobody knows' },
    { states: ['failed'], change: { selected: ['S0', 'S1'], ended: 'bail' }, code: 1 },
    { states: ['passed'], change: { errors: ['a file does not load'] }, code: 1 },
    { states: ['passed', 'failed'], change: { ended: 'signal' }, code: 130 },
  ] as const)('$states $change → $code', ({ states, code, ...rest }) => {
    const outcomes = states.map((state, index) => outcome(`S${index}`, state))
    expect(exitCodeOf(result(outcomes, 'change' in rest ? rest.change : {}))).toBe(code)
  })
})

describe('a flaky scenario', () => {
  const flaky: SettledOutcome = {
    ...outcome('A', 'flaky'),
    attempt: 2,
    earlier: [{ ...outcome('A', 'failed'), outcome: 'failed', errors: ['it stalled\nat x.test.ts:1:2'] }],
  }

  it('is never green silently', () => {
    expect(acceptText(result([flaky, outcome('B', 'passed')]))).toBe(
      '\nflaky: A passed in attempt 2; the first ended failed: it stalled\n\n1 passed, 1 flaky, 0 failed in 12.3 s\n',
    )
    expect(acceptJson(result([flaky]), '/')).toMatchObject({
      ...{ passed: 0, flaky: 1, failed: 0 },
      scenarios: [{ outcome: 'flaky', attempt: 2, earlier: [{ outcome: 'failed' }] }],
    })
  })

  it('fails a run that does not stand it', () => {
    expect(exitCodeOf(result([flaky]), { failOnFlaky: true })).toBe(1)
    expect(exitCodeOf(result([outcome('B', 'passed')]), { failOnFlaky: true })).toBe(0)
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
    const repeated = result(outcomes, { rounds: 3, selected: ['A', 'B'] })
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
  it('names what was running, and calls none of it failed', () => {
    const interrupted = result([outcome('A', 'passed')], {
      ...{ ended: 'signal', running: ['B', 'C'], selected: ['A', 'B', 'C', 'D', 'E'] },
    })
    expect(acceptJson(interrupted, '/')).toMatchObject({
      ...{ interrupted: true, running: ['B', 'C'], failed: 0, notRun: 4 },
    })
    expect(acceptText(interrupted)).toBe(
      '\ninterrupted: 1 passed, 0 failed, 4 not run in 12.3 s\nrunning then: B, C\n',
    )
  })

  it('keeps what had failed before', () => {
    const bailed = result([outcome('A', 'failed')], { ended: 'bail', selected: ['A', 'B'] })
    expect(acceptText(bailed)).toBe('\nended by --bail: 0 passed, 1 failed, 1 not run in 12.3 s\n')
  })
})
