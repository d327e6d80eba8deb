import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findRun } from './find-run.ts'
import { reportFailedRun } from './write-report.ts'

describe('findRun', () => {
  const root = mkdtempSync(join(tmpdir(), 'lockstep-runs-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  for (const name of ['20260101-A-1', '20260102-B-2', '20260103-B-3']) {
    mkdirSync(join(root, name))
    writeFileSync(join(root, name, 'timeline.ndjson'), '')
  }

  it.each([
    ['a part of a name', 'A-', '20260101-A-1'],
    ['latest', 'latest', '20260103-B-3'],
    ['a directory', join(root, '20260102-B-2'), '20260102-B-2'],
    ['a file', join(root, '20260102-B-2/timeline.ndjson'), '20260102-B-2'],
  ])('takes %s', (_, name, expected) => {
    expect(findRun(name, root)).toBe(join(root, expected, 'timeline.ndjson'))
  })

  it('names the candidates, or the newest runs', () => {
    expect(() => findRun('B-', root)).toThrow(/found 2 by the name "B-".*\nit could be:\n {2}20260103-B-3\n/)
    expect(() => findRun('C', root)).toThrow(/found none .*\nthe newest are:\n {2}20260103-B-3/)
    expect(() => findRun('C', join(root, 'none'))).toThrow(/no run is kept there/)
  })

  it('says why a report of a failure could not be written, and never throws', async () => {
    expect(await reportFailedRun(null)).toBeNull()
    expect(await reportFailedRun(join(root, 'none'))).toBeNull()
    writeFileSync(join(root, '20260101-A-1/timeline.ndjson'), '{"seq":0}\n')
    expect(await reportFailedRun(join(root, '20260101-A-1'))).toMatch(
      /^not written: .*timeline.ndjson:1: expected/,
    )
  })
})
