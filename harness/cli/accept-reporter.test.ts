import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TestCase } from 'vitest/node'
import { createAcceptReporter } from './accept-reporter.ts'

let directory: string
beforeEach(() => {
  vi.useFakeTimers()
  directory = mkdtempSync(join(tmpdir(), 'lockstep-reporter-'))
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(directory, { recursive: true, force: true })
})

/** The part of vitest's test case that the reporter reads. */
function testCase(name: string, state: 'passed' | 'failed', end: object): TestCase {
  const part: Partial<Record<keyof TestCase, unknown>> = {
    ...{ id: name, name, fullName: name },
    module: { relativeModuleId: `scenarios/${name}.test.ts` },
    result: () => (state === 'passed' ? { state } : { state, errors: [{ message: 'it stalled' }] }),
    meta: () => ({ scenarioEnd: { directory, failure: null, ...end } }),
    diagnostic: () => ({ duration: 61_000 }),
  }
  return part as TestCase
}

function plain() {
  let [written, now] = ['', 0]
  const output = { write: (text: string) => (written += text) }
  const reporter = createAcceptReporter({ output, mode: 'plain', colour: false, nowMs: () => now })
  return {
    reporter,
    take: () => {
      const text = written
      written = ''
      return text
    },
    /** Lets the reporter look again, after that time. */
    async passes(ms: number) {
      now += ms
      await vi.advanceTimersByTimeAsync(250)
    },
  }
}

describe('plain output', () => {
  it('tells where it ended, and where the artefacts of a pass are', async () => {
    const { reporter, take } = plain()
    const test = testCase('A', 'passed', { outcome: 'passed' })
    reporter.onTestCaseReady?.(test)
    await reporter.onTestCaseResult?.(test)
    expect(take()).toMatch(/^> A\n✓ A {2}61\.0 s\n {2}\S*lockstep-reporter-\S+\n$/)
    expect(reporter.outcomes()).toMatchObject([{ name: 'A', outcome: 'passed', round: 1 }])
    reporter.close()
  })

  it('counts those that ended, of those that this attempt runs', async () => {
    const { reporter, take } = plain()
    reporter.begin(1, 1, 2)
    await reporter.onTestCaseResult?.(testCase('A', 'failed', { outcome: 'failed' }))
    await reporter.onTestCaseResult?.(testCase('B', 'passed', { outcome: 'passed' }))
    reporter.begin(1, 2, 1)
    await reporter.onTestCaseResult?.(testCase('A', 'passed', { outcome: 'passed' }))
    const told = take()
      .split('\n')
      .filter((line) => /^[✓✗]/.test(line))
    expect(told).toEqual(['✗ 1/2 A  61.0 s', '✓ 2/2 B  61.0 s', '✓ 1/1 A  61.0 s'])
    reporter.close()
  })

  it('says every 15 s where a scenario is', async () => {
    const { reporter, take, passes } = plain()
    reporter.onTestCaseReady?.(testCase('A', 'passed', {}))
    await passes(14_900)
    expect(take()).toBe('> A\n')
    await passes(100)
    expect(take()).toBe('  A: after 15 s: boots\n')
    await passes(14_000)
    expect(take()).toBe('')
    await passes(1_000)
    expect(take()).toBe('  A: after 30 s: boots\n')
    reporter.close()
  })

  it('tells an inconclusive scenario from a failed one', async () => {
    const { reporter, take } = plain()
    reporter.begin(2, 1)
    await reporter.onTestCaseResult?.(testCase('A', 'failed', { outcome: 'inconclusive' }))
    await reporter.onTestCaseResult?.(testCase('B', 'failed', { outcome: 'failed' }))
    expect(take()).toMatch(/\? A {2}61\.0 s {2}inconclusive\n\n {2}it stalled\n\n✗ B/)
    expect(reporter.outcomes().map(({ outcome, round }) => [outcome, round])).toEqual([
      ['inconclusive', 2],
      ['failed', 2],
    ])
    reporter.close()
  })

  it('says nothing of one that was not selected', () => {
    const { reporter, take } = plain()
    reporter.onTestCaseReady?.({ ...testCase('A', 'passed', {}), options: { mode: 'skip' } } as TestCase)
    expect(take()).toBe('')
    reporter.close()
  })

  it('shows a difference of many lines, without colours, and one blank line before where it was', async () => {
    const { reporter, take } = plain()
    const fail = async (diff: string) => {
      const errors = [{ message: 'unequal\n', diff, stack: 'Error: x\n    at /a/scenarios/a.test.ts:3:4' }]
      await reporter.onTestCaseResult?.({
        ...testCase('A', 'failed', { outcome: 'failed' }),
        result: () => ({ state: 'failed', errors }),
      } as unknown as TestCase)
      return take().split('\n').slice(2, -2)
    }
    const short = '\u001b[32m- Expected\u001b[39m\n\u001b[31m+ Received\u001b[39m\n\n- 1\n+ 2\n'
    expect(await fail(short)).toEqual(['  unequal', '', expect.stringContaining('  at ')])
    expect(await fail(`${short}+ 3\n\n`)).toEqual([
      ...['  unequal', '', '  - Expected', '  + Received', '', '  - 1', '  + 2', '  + 3', ''],
      expect.stringContaining('scenarios/a.test.ts:3:4'),
    ])
    reporter.close()
  })

  it('names what ran when it was interrupted', () => {
    const { reporter, take } = plain()
    for (const name of ['A', 'B']) reporter.onTestCaseReady?.(testCase(name, 'passed', {}))
    reporter.interrupt('signal')
    expect(take()).toContain('stopping the devstacks of A, B')
    expect(reporter.interruptedWhile()).toEqual(['A', 'B'])
    reporter.close()
  })
})
