import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRecordingLines } from './recording-lines.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-lines-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const startMs = Date.parse('2026-01-02T03:04:05Z')
function lines(options: { readonly isLive: boolean; readonly hasL1?: boolean; readonly engines?: number }) {
  const clock = { ms: startMs, nowMs: () => clock.ms }
  const written: string[] = []
  const made = createRecordingLines({
    ...{ nodes: 3, engines: 1, hasL1: true, directory, clock, write: (text) => written.push(text) },
    ...options,
  })
  return { ...made, clock, written }
}
const progress = { seconds: 61, events: 7, bytes: 2e6, away: ['follower'], waiting: 0 }

describe('the lines of a recorder', () => {
  it('say at once what is recorded, where, since when, and how it ends', () => {
    const { begin, written } = lines({ isLive: false })
    begin()
    expect(written).toEqual([
      `recording 3 nodes, 1 engine, L1 into ${directory} since 2026-01-02T03:04:05.000Z: what was before is not seen; Ctrl-C ends\n`,
    ])
  })

  it('say that a recording goes on, and that there is no L1', () => {
    writeFileSync(join(directory, 'timeline.ndjson'), '')
    const { begin, written } = lines({ isLive: false, hasL1: false, engines: 0 })
    begin()
    expect(written[0]).toContain(`recording 3 nodes, no L1 (--l1: forks cannot be judged) on in ${directory}`)
  })

  it('are one that changes on a terminal, and one a minute elsewhere', () => {
    const terminal = lines({ isLive: true })
    terminal.progress(progress, '2 violations')
    expect(terminal.written).toEqual(['\r\u001b[K61 s  7 events  2.0 MB  2 violations  away: follower'])
    const file = lines({ isLive: false })
    file.progress(progress)
    expect(file.written).toEqual([])
    file.clock.ms += 60_000
    file.progress(progress)
    file.progress(progress)
    expect(file.written).toEqual(['61 s  7 events  2.0 MB  away: follower\n'])
  })
})
