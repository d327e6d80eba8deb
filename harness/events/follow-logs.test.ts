import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock, type FakeClock } from '../../node/ports/testing/fake-clock.ts'
import type { WorldEvent } from './event.ts'
import { type FollowedLog, followLogs, parseLogLevel } from './follow-logs.ts'
import { createEventStream } from './stream.ts'

let directory: string
let path: string
let clock: FakeClock
let recorded: WorldEvent[]
let stop: () => Promise<void>
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-logs-'))
  path = join(directory, 'node.log')
  clock = createFakeClock(1_000_000)
  recorded = []
})
afterEach(async () => {
  await stop()
  rmSync(directory, { recursive: true })
})

function follow(factsOf?: FollowedLog['factsOf'], fromEnd = false): void {
  const events = createEventStream(clock)
  events.subscribe((event) => recorded.push(event))
  const logs = [{ component: 'node', path, ...(factsOf === undefined ? {} : { factsOf }) }]
  stop = followLogs({ logs, events, clock, periodMs: 250, level: parseLogLevel(undefined), fromEnd })
}
const messages = () => recorded.map((event) => (event.kind === 'log' ? event.message : event.kind))

describe('followLogs', () => {
  it('records warnings and errors of a log that comes later, each once, whole lines only', async () => {
    follow()
    await clock.advance(250)
    writeFileSync(path, '0:0 INFO  fine\n0:0 WARN  not so fine  a=1\n0:0 ERR')
    await clock.advance(250)
    expect(messages()).toEqual(['not so fine a=1'])
    appendFileSync(path, 'OR  broken\n')
    await clock.advance(250)
    expect(recorded).toMatchObject([
      { kind: 'log', component: 'node', level: 'warn' },
      { kind: 'log', component: 'node', level: 'error', message: 'broken' },
    ])
  })

  it('looks once more when it ends', async () => {
    follow()
    await clock.advance(250)
    writeFileSync(path, '0:0 ERROR  its last words\n')
    await stop()
    expect(messages()).toEqual(['its last words'])
  })

  it('records so many lines a second, and says how many there were beyond', async () => {
    follow()
    writeFileSync(path, '0:0 WARN  again\n'.repeat(1_000))
    await clock.advance(250)
    expect(messages()).toHaveLength(20)
    await clock.advance(1_000)
    expect(messages().slice(20)).toEqual(['980 lines dropped: more than 20 in a second'])
  })

  it('skips what grows faster than it can be read, and says so', async () => {
    follow()
    await clock.advance(250)
    writeFileSync(path, `${'x'.repeat(1023)}\n`.repeat(8 * 1024))
    appendFileSync(path, '0:0 WARN  the newest\n')
    await clock.advance(250)
    expect(messages()).toEqual([expect.stringMatching(/^\d+ bytes of the log skipped/), 'the newest'])
  })

  it('tells nothing of a line whose beginning was skipped', async () => {
    follow()
    await clock.advance(250)
    // The chunk that is left begins within the long line.
    writeFileSync(path, `${'x'.repeat(5 * 1024 * 1024)} 0:0 WARN  half a line\n0:0 WARN  the newest\n`)
    await clock.advance(250)
    expect(messages()).toEqual([expect.stringMatching(/^\d+ bytes of the log skipped/), 'the newest'])
  })

  it('goes on with the file that a rotation puts in its place, after the rest of the old one', async () => {
    follow()
    writeFileSync(path, '0:0 WARN  first\n')
    await clock.advance(250)
    renameSync(path, `${path}.1`)
    appendFileSync(`${path}.1`, '0:0 WARN  last of the old\n')
    await clock.advance(250)
    writeFileSync(path, '0:0 WARN  new\n')
    await clock.advance(250)
    expect(messages()).toEqual(['first', 'last of the old', 'new'])
  })

  it('leaves out what was there before, half a line too, where that tells of another time', async () => {
    writeFileSync(path, '0:0 WARN  old\n0:0 WARN  half of')
    follow(undefined, true)
    appendFileSync(path, ' 0:0 WARN  one\n0:0 WARN  new\n')
    await clock.advance(250)
    expect(messages()).toEqual(['new'])
  })

  it('begins again when the file was emptied where it is', async () => {
    follow()
    writeFileSync(path, '0:0 WARN  before, and long\n')
    await clock.advance(250)
    writeFileSync(path, '0:0 WARN  after\n')
    await clock.advance(250)
    expect(messages()).toEqual(['before, and long', 'after'])
  })

  it.skipIf(process.platform === 'win32')('waits for no writer of a pipe', async () => {
    execFileSync('mkfifo', [path])
    follow()
    await clock.advance(250)
    expect(messages()).toEqual([])
  })

  it('records what a line tells, whatever its level', async () => {
    follow(({ message }) => [{ kind: 'reach', mark: message, node: 'node' }])
    writeFileSync(path, '0:0 INFO  follow case 4\nno level\n')
    await clock.advance(250)
    expect(recorded).toMatchObject([{ kind: 'reach', mark: 'follow case 4' }])
  })
})

describe('parseLogLevel', () => {
  it('takes the names of levels, and warn when nothing is said', () => {
    expect([parseLogLevel(undefined), parseLogLevel('info')]).toEqual(['warn', 'info'])
    expect(() => parseLogLevel('loud')).toThrow(
      'LOCKSTEP_EVENT_LOG_LEVEL: expected debug, info, warn, error, found "loud"',
    )
    stop = async () => {}
  })
})
