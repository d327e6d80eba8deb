import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseKeptRuns, pruneRuns, type RunRecord, registryFileName, writeRunRecord } from './kept-runs.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-kept-'))
})
afterEach(() => rmSync(root, { recursive: true }))

let second = 0
function run(name: string, invocation: string, outcome: RunRecord['outcome']): string {
  const directory = `20260101-${String(second++).padStart(6, '0')}-${name}`
  mkdirSync(join(root, directory))
  writeRunRecord(join(root, directory), { invocation, outcome })
  return directory
}
const left = () => readdirSync(root).sort()

describe('runs that are kept', () => {
  it('are all of this invocation, however many', () => {
    const mine = Array.from({ length: 30 }, (_, at) => run(`s${at}`, 'now', at === 0 ? 'failed' : 'passed'))
    expect(pruneRuns(root, 'now', 20)).toEqual([])
    expect(pruneRuns(root, 'now', 'failed')).toEqual([])
    expect(left()).toEqual(mine)
  })

  it('are, of earlier ones, so many that passed and so many that failed', () => {
    const failed = [run('a', 'one', 'failed'), run('b', 'one', 'failed'), run('c', 'two', 'running')]
    const passed = [run('d', 'two', 'passed'), run('e', 'two', 'stopped'), run('f', 'two', 'passed')]
    expect(pruneRuns(root, 'now', 2)).toEqual([passed[0], failed[0]])
    expect(left()).toEqual([...failed.slice(1), ...passed.slice(1)])
    expect(pruneRuns(root, 'now', 'failed')).toEqual(passed.slice(1).reverse())
    expect(left()).toEqual(failed.slice(1))
    expect(pruneRuns(root, 'now', 'all')).toEqual([])
    expect(pruneRuns(root, 'now', 0)).toEqual(failed.slice(1).reverse())
  })

  it('are those that may have left something running', () => {
    const running = run('a', 'one', 'running')
    writeFileSync(join(root, running, registryFileName), '{}')
    mkdirSync(join(root, 'of an older version'))
    expect(pruneRuns(root, 'now', 0)).toEqual(['of an older version'])
    expect(left()).toEqual([running])
    expect(pruneRuns(join(root, 'none'), 'now', 0)).toEqual([])
  })

  it.each([
    ['20', 20],
    ['0', 0],
    ['failed', 'failed'],
    ['all', 'all'],
  ])('--keep %s', (text, keep) => expect(parseKeptRuns(text)).toBe(keep))

  it.each(['', '-1', '1.5', '10001', 'some', '1e3'])('--keep %j is refused', (text) => {
    expect(() => parseKeptRuns(text)).toThrow('expected a number from 0 to 10000, failed or all')
  })
})
