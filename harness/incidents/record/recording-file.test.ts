import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Fact, timelineVersion } from '../../events/event.ts'
import { followTimeline, readTimeline } from '../../events/reader.ts'
import { segmentsOf } from '../../events/segments.ts'
import { openRecordingFile } from './recording-file.ts'

let directory: string
let path: string
let nowMs = 1_000
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-recording-'))
  path = join(directory, 'timeline.ndjson')
  nowMs = 1_000
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const header: Fact = {
  ...{ kind: 'run', version: timelineVersion, runId: 'r', scenario: 'r', topology: 'recording' },
  ...{ runnerPid: 0, startedAt: '', parameters: {} },
}
const head = (number: number): Fact => ({
  ...{ kind: 'head', node: 'a', level: 'unsafe' },
  block: { number, hash: `0x${number.toString(16).padStart(64, '0')}` },
})
const open = (bytesMax = 1_000_000) => openRecordingFile({ path, bytesMax, nowMs: () => nowMs++ })

describe('the file of a recording', () => {
  it('holds an event as soon as it is recorded: a kill loses nothing before it', async () => {
    const file = open()
    file.record(header)
    file.record(head(1))
    expect((await readTimeline(path)).map(({ kind }) => kind)).toEqual(['run', 'head'])
    file.close()
  })

  it('goes on after a kill within a line: half an event is cut off, and the time is a gap', async () => {
    const killed = open()
    killed.record(header)
    killed.record(head(1))
    killed.close()
    appendFileSync(path, '{"seq":2,"t":1002,"kind":"he')
    nowMs = 60_000
    const file = open()
    file.record(header)
    file.record(head(2))
    file.close()
    const events = await readTimeline(path)
    expect(events.map(({ seq, kind }) => [seq, kind])).toEqual([
      [0, 'run'],
      [1, 'head'],
      [2, 'gap'],
      [3, 'head'],
    ])
    expect(events[2]).toMatchObject({ component: 'recorder', from: 1_001, t: 60_000 })
    expect(events[2]).toMatchObject({ reason: expect.stringContaining('28 bytes') })
  })

  it('drops the older half when it is too long, keeps the last word about everything, and says so', async () => {
    const file = open(20_000)
    file.record(header)
    file.record({ kind: 'l1-labels', safe: 1, finalized: 1 })
    for (let number = 1; number <= 2_000; number++) file.record(head(number))
    file.close()
    const bytes = readdirSync(directory).map((name) => statSync(join(directory, name)).size)
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(20_000)
    expect(readdirSync(directory).filter((name) => name.endsWith('.next'))).toEqual([])
    const events = await readTimeline(path)
    expect(events[0]).toMatchObject({ kind: 'run' })
    expect(events.some(({ kind }) => kind === 'l1-labels')).toBe(true)
    expect(events.some(({ kind }) => kind === 'gap')).toBe(true)
    expect(events.at(-1)).toMatchObject({ block: { number: 2_000 } })
    const order = events.map(({ seq }) => seq)
    expect(order).toEqual([...order].sort((a, b) => a - b))
  })

  it('seals what is long: every event once, in its order, through a kill while it seals and for who goes on', async () => {
    const sealing = () =>
      openRecordingFile({ path, bytesMax: 1e6, nowMs: () => nowMs++, segmentBytes: 10_000 })
    const file = sealing()
    const followed = followTimeline(path)
    file.record(header)
    const heard: number[] = []
    for (let number = 1; number <= 500; number++) {
      file.record(head(number))
      if (number % 70 === 0) heard.push(...(await followed.read()).map(({ seq }) => seq))
    }
    file.close()
    heard.push(...(await followed.read()).map(({ seq }) => seq))
    const order = Array.from({ length: 501 }, (_, seq) => seq)
    expect((await readTimeline(path)).map(({ seq }) => seq)).toEqual(order)
    expect(heard).toEqual(order)
    expect(readFileSync(path).byteLength).toBeLessThan(10_000)

    // Killed between the segment and the emptied file: the events are in both.
    const [newest] = segmentsOf(path).slice(-1)
    writeFileSync(path, Buffer.concat([gunzipSync(readFileSync(newest!.path)), readFileSync(path)]))
    expect((await readTimeline(path)).map(({ seq }) => seq)).toEqual(order)

    writeFileSync(path, '')
    const again = sealing()
    again.record(head(501))
    again.close()
    const events = await readTimeline(path)
    expect(events.slice(-2).map(({ kind }) => kind)).toEqual(['gap', 'head'])
    expect(new Set(events.map(({ seq }) => seq)).size).toBe(events.length)
  })

  it('leaves the run of somebody else alone', () => {
    const line = JSON.stringify({ seq: 0, t: 0, ...header, topology: 'twoSequencers' })
    writeFileSync(path, `${line}\n`)
    expect(() => open()).toThrow(/expected a recording to go on with, found a run of twoSequencers/)
    expect(readFileSync(path, 'utf8')).toBe(`${line}\n`)
  })

  it.skipIf(!existsSync('/dev/full'))('says a full disk in one sentence with the path', () => {
    const file = openRecordingFile({ path: '/dev/full', bytesMax: 1e6, nowMs: () => 0 })
    expect(() => file.record(header)).toThrow(/^the disk of \/dev\/full is full: .*it goes on$/)
    file.close()
  })
})
