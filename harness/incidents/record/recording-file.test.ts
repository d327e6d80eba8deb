import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
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

/** So many megabytes of nothing, compressed. */
function bombOf(megabytes: number): Buffer {
  const one = gzipSync(Buffer.alloc(1_000_000))
  return Buffer.concat(Array.from({ length: megabytes }, () => one))
}

/** A disk that writes so many bytes more, and no more at once than `longest`, and then is full. */
function fullDisk() {
  const disk = {
    room: Number.POSITIVE_INFINITY,
    longest: Number.POSITIVE_INFINITY,
    write(descriptor: number, bytes: Uint8Array, offset: number): number {
      const length = Math.min(disk.room, bytes.byteLength - offset)
      if (length === 0 || bytes.byteLength > disk.longest)
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
      disk.room -= length
      return writeSync(descriptor, bytes, offset, length)
    },
  }
  return disk
}

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

  it('leaves out what no reader would take, and says so: one such line would be the end of the file', async () => {
    const file = open()
    file.record(header)
    file.record(head(2 ** 60))
    file.record(head(2))
    file.close()
    const events = await readTimeline(path)
    expect(events.map(({ kind }) => kind)).toEqual(['run', 'note', 'head'])
    expect(events[1]).toMatchObject({ message: expect.stringContaining('of the kind head') })
  })

  it.each([
    ['damaged', Buffer.from('no gzip')],
    ['of more than a segment has', bombOf(600)],
  ])('goes on with no recording that has a segment which is %s', (_, segment) => {
    writeFileSync(path, '')
    writeFileSync(join(directory, 'timeline-000001.ndjson.gz'), segment)
    expect(() => open()).toThrow(/000001\.ndjson\.gz: expected a segment of a recording, found a damaged one/)
  })

  it('leaves the run of somebody else alone', () => {
    const line = JSON.stringify({ seq: 0, t: 0, ...header, topology: 'twoSequencers' })
    writeFileSync(path, `${line}\n`)
    expect(() => open()).toThrow(/expected a recording to go on with, found a run of twoSequencers/)
    expect(readFileSync(path, 'utf8')).toBe(`${line}\n`)
  })

  it('waits for room on a full disk, loses nothing that fits into memory, and keeps the file whole meanwhile', async () => {
    const disk = fullDisk()
    const file = openRecordingFile({ path, bytesMax: 1e6, nowMs: () => nowMs, write: disk.write })
    file.record(header)
    file.record(head(1))
    disk.room = 10
    for (let number = 2; number <= 5; number++) {
      nowMs += 400
      file.record(head(number))
    }
    expect(file.waiting).toBe(4)
    expect((await readTimeline(path)).map(({ seq }) => seq)).toEqual([0, 1])
    expect(readFileSync(path, 'utf8')).toMatch(/\n$/)
    disk.room = Number.POSITIVE_INFINITY
    nowMs += 1_000
    file.record(head(6))
    expect(file.waiting).toBe(0)
    const events = await readTimeline(path)
    expect(events.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(events[2]).toMatchObject({ t: 1_400, block: { number: 2 } })
    file.close()
  })

  it('says in the file what was too much for memory while the disk was full', async () => {
    const disk = fullDisk()
    const file = openRecordingFile({ path, bytesMax: 1e9, nowMs: () => nowMs, write: disk.write })
    file.record(header)
    disk.room = 0
    const message = 'x'.repeat(1_000_000)
    for (let line = 0; line < 10; line++) {
      nowMs += 100
      file.record({ kind: 'log', component: 'a', level: 'info', message })
    }
    disk.room = Number.POSITIVE_INFINITY
    nowMs += 2_000
    file.record(head(1))
    file.close()
    const events = await readTimeline(path)
    expect(events.map(({ kind }) => kind).filter((kind) => kind !== 'log')).toEqual(['run', 'gap', 'head'])
    expect(events.at(-2)).toMatchObject({ from: 1_800, reason: expect.stringContaining('3 events') })
  })

  it('says at the end what could not be written', async () => {
    const disk = fullDisk()
    const file = openRecordingFile({ path, bytesMax: 1e6, nowMs: () => nowMs, write: disk.write })
    file.record(header)
    disk.room = 0
    file.record(head(1))
    file.record(head(2))
    expect(() => file.close()).toThrow(
      /is full: 2 events since 1970-01-01T00:00:01.000Z could not be written/,
    )
    expect(await readTimeline(path)).toHaveLength(1)
  })

  it('keeps the whole file when there is no room to make it shorter', async () => {
    const disk = fullDisk()
    const file = openRecordingFile({ path, bytesMax: 5_000, nowMs: () => nowMs++, write: disk.write })
    file.record(header)
    // The longer file fits, a second one beside it does not.
    disk.longest = 1_000
    for (let number = 1; number <= 60; number++) file.record(head(number))
    expect(existsSync(`${path}.next`)).toBe(false)
    expect(await readTimeline(path)).toHaveLength(61)
    disk.longest = Number.POSITIVE_INFINITY
    for (let number = 61; number <= 120; number++) file.record(head(number))
    file.close()
    expect(readFileSync(path).byteLength).toBeLessThanOrEqual(5_000)
  })

  it.skipIf(!existsSync('/dev/full'))('says a full disk in one sentence with the path', () => {
    const file = openRecordingFile({ path: '/dev/full', bytesMax: 1e6, nowMs: () => 0 })
    expect(() => file.record(header)).toThrow(/^the disk of \/dev\/full is full: .*it goes on$/)
    file.close()
  })
})
