import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFakeClock } from '../../node/ports/testing/fake-clock.ts'
import type { WorldEvent } from './event.ts'
import { writeEvents } from './file.ts'
import { followTimeline, readTimeline } from './reader.ts'
import { rawSegmentPath, segmentPath, segmentsOf } from './segments.ts'
import { createEventStream } from './stream.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-timeline-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

/** A disk that takes so many lines, and then answers ENOSPC to every other. */
function fullAfter(lines: number): { readonly stream: Writable; readonly taken: string[] } {
  const taken: string[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (taken.length < lines) {
        taken.push(chunk.toString('utf8'))
        done()
      } else done(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }))
    },
  })
  return { stream, taken }
}

describe('timeline', () => {
  it('says at once, in one sentence with its path, that the disk is full, and ends in order', async () => {
    const events = createEventStream(createFakeClock(1_000))
    const { stream, taken } = fullAfter(1)
    const failures: unknown[] = []
    const path = '/runs/a-run/timeline.ndjson'
    const onFailure = (error: unknown) => void failures.push(error)
    const file = writeEvents(events, path, { open: () => stream, onFailure })
    const note = () => events.record({ kind: 'note', component: 'x', message: 'hello' })
    note()
    note()
    await new Promise((resolve) => stream.once('close', resolve))
    const sentence = `cannot write ${path}: the disk is full: make room there (ENOSPC)`
    expect(failures).toMatchObject([{ name: 'DiskFailure', message: sentence }])
    note()
    await expect(file.close()).rejects.toThrow(sentence)
    expect([taken.length, failures.length]).toEqual([1, 1])
  })

  it('gives back what was recorded, in order, with times', async () => {
    const clock = createFakeClock(1_000)
    const path = join(directory, 'timeline.ndjson')
    const events = createEventStream(clock)
    const file = writeEvents(events, path)
    const live: WorldEvent[] = []
    events.subscribe((event) => live.push(event))
    events.record({ kind: 'step', step: 'cut gossip', action: 'start' })
    await clock.advance(250)
    events.record({ kind: 'step', step: 'cut gossip', action: 'end', durationMs: 250 })
    events.end()
    await file.close()
    events.record({ kind: 'note', component: 'x', message: 'too late' })
    const read = await readTimeline(path)
    expect(read).toEqual(live)
    expect(read.map(({ seq, t, kind }) => [seq, t, kind])).toEqual([
      [0, 1_000, 'step'],
      [1, 1_250, 'step'],
    ])
  })

  it('keeps the beginning and the newest of a long run, says what is gone, and can be followed', async () => {
    const clock = createFakeClock(1_000)
    const path = join(directory, 'timeline.ndjson')
    const events = createEventStream(clock)
    const file = writeEvents(events, path, { segmentBytes: 500, segmentsMax: 2 })
    const follower = followTimeline(path)
    const followed: WorldEvent[] = []
    for (let count = 0; count < 100; count++) {
      events.record({ kind: 'note', component: 'x', message: `number ${count}` })
      await clock.advance(1)
      // As the disk has it.
      await vi.waitFor(async () => {
        followed.push(...(await follower.read()))
        expect(followed.at(-1)?.seq).toBe(count)
      })
    }
    await file.close()
    expect(followed.filter(({ kind }) => kind === 'note').map(({ seq }) => seq)).toEqual([
      ...Array(100).keys(),
    ])

    const read = await readTimeline(path)
    const gap = read.findIndex(({ kind }) => kind === 'gap')
    const [before, after] = [read[gap - 1], read[gap + 1]]
    expect(read.filter(({ kind }) => kind === 'gap')).toEqual([
      {
        ...{ kind: 'gap', component: 'recorder', seq: (after?.seq ?? 0) - 1, t: (after?.t ?? 0) - 1 },
        ...{
          from: (before?.t ?? 0) + 1,
          reason: expect.stringContaining(`${(after?.seq ?? 0) - (before?.seq ?? 0) - 1} events`),
        },
      },
    ])
    expect(read.map(({ seq }) => seq)).toEqual(read.map(({ seq }) => seq).toSorted((a, b) => a - b))
    expect([read[0]?.seq, read.at(-1)?.seq]).toEqual([0, 99])
    expect(segmentsOf(path)).toHaveLength(4)
    expect(readdirSync(directory).every((name) => /ndjson(\.gz)?$/.test(name))).toBe(true)
  })

  it('reads a part that was not compressed before its writer was killed', async () => {
    const path = join(directory, 'timeline.ndjson')
    const line = (seq: number) => `{"seq":${seq},"t":1,"kind":"note","component":"a","message":"b"}\n`
    writeFileSync(rawSegmentPath(path, 1), line(0))
    writeFileSync(segmentPath(path, 2), gzipSync(line(1)))
    writeFileSync(rawSegmentPath(path, 2), line(1))
    writeFileSync(path, line(2))
    expect((await readTimeline(path)).map(({ seq }) => seq)).toEqual([0, 1, 2])
  })

  it('ignores the half line of a killed runner and names a line that is not an event', async () => {
    const path = join(directory, 'timeline.ndjson')
    writeFileSync(path, '{"seq":0,"t":1,"kind":"note","component":"a","message":"b"}\n{"seq":0,"t":2,"ki')
    expect(await readTimeline(path)).toHaveLength(1)
    appendFileSync(path, 'nd":"unheard-of"}\n')
    await expect(readTimeline(path)).rejects.toThrow(`${path}:2: expected a timeline event`)
  })

  it('refuses another version and names both', async () => {
    const path = join(directory, 'timeline.ndjson')
    writeFileSync(path, '{"seq":0,"t":1,"kind":"run","version":7}\n')
    await expect(readTimeline(path)).rejects.toThrow('expected a timeline of version 2, found version 7')
  })

  it('follows a file that grows, also when a line arrives in two pieces', async () => {
    const path = join(directory, 'timeline.ndjson')
    const follower = followTimeline(path)
    expect(await follower.read()).toEqual([])
    const line = '{"seq":0,"t":1,"kind":"note","component":"a","message":"ü"}\n'
    writeFileSync(path, line + line.slice(0, 10))
    expect(await follower.read()).toHaveLength(1)
    appendFileSync(path, line.slice(10))
    expect(await follower.read()).toEqual([{ seq: 0, t: 1, kind: 'note', component: 'a', message: 'ü' }])
    expect(await follower.read()).toEqual([])
  })
})
