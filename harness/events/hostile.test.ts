import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { explainStream } from '../incidents/explain/explain.ts'
import { eachEvent, readTimeline } from './reader.ts'
import { segmentPath } from './segments.ts'
import { TimelineError } from './timeline-error.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-hostile-'))
  path = join(directory, 'timeline.ndjson')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const run = {
  ...{ kind: 'run', version: 2, runId: 'r', scenario: 'r', topology: 'recording', runnerPid: 0 },
  ...{ startedAt: '', parameters: {} },
}
const line = (seq: number, fact: object) => `${JSON.stringify({ seq, t: seq, ...fact })}\n`
const block = { number: 1, hash: '0x1' }

describe('a timeline that somebody made to do harm, or that a disk has damaged', () => {
  it.each<{ name: string; text: string | Uint8Array; message: RegExp }>([
    { name: 'binary', text: Buffer.from([0, 1, 2, 255, 254, 10]), message: /:1: expected a timeline event/ },
    { name: 'another text', text: 'hello\n', message: /:1: expected a timeline event, found "hello"/ },
    {
      name: 'nested deep',
      text: `{"seq":0,"t":0,"kind":"note","component":"a","message":${'['.repeat(1e6)}${']'.repeat(1e6)}}\n`,
      message: /:1: expected a timeline event/,
    },
    {
      name: 'of a time that is no date',
      text: line(0, run) + line(1, { t: 1e300, kind: 'head', node: 'a', level: 'unsafe', block }),
      message: /:2: expected a timeline event/,
    },
    {
      name: 'of a day of no calendar, as a note',
      text: line(0, run) + line(1, { t: -9e15, kind: 'note', component: 'a', message: '' }),
      message: /:2: expected a timeline event/,
    },
    { name: 'of another version', text: line(0, { ...run, version: 99 }), message: /found version 99/ },
  ])('$name: an error that names the line', async ({ text, message }) => {
    writeFileSync(path, text)
    const reading = explainStream(eachEvent(path))
    await expect(reading).rejects.toThrow(TimelineError)
    await expect(reading).rejects.toThrow(message)
  })

  it('nothing at all is not healthy', async () => {
    writeFileSync(path, '{"seq":0,"t":0,"kind":"ru')
    await expect(explainStream(eachEvent(path))).rejects.toThrow(/found no event in it/)
  })

  it('a folder in place of the file, and a file that is not there', async () => {
    mkdirSync(path)
    await expect(readTimeline(path)).rejects.toThrow(/timeline\.ndjson cannot be read: EISDIR/)
    await expect(readTimeline(join(directory, 'none'))).rejects.toThrow(/none cannot be read: ENOENT/)
  })

  it.each<{ name: string; damage: (segment: string, bytes: Buffer) => void }>([
    { name: 'cut off', damage: (segment, bytes) => truncateSync(segment, bytes.byteLength - 20) },
    { name: 'no gzip', damage: (segment) => writeFileSync(segment, 'hello') },
    {
      name: 'changed within',
      damage: (segment, bytes) => writeFileSync(segment, bytes.fill(0xff, 40, 60)),
    },
  ])('a segment that is $name is named', async ({ damage }) => {
    const segment = segmentPath(path, 1)
    const bytes = gzipSync(
      Array.from({ length: 500 }, (_, seq) => line(seq, seq === 0 ? run : note(seq))).join(''),
    )
    writeFileSync(segment, bytes)
    damage(segment, bytes)
    writeFileSync(path, line(500, note(500)))
    await expect(readTimeline(path)).rejects.toThrow(
      /timeline-000001\.ndjson\.gz: expected a compressed timeline, found a damaged one/,
    )
  })

  it('a line without an end is given up in time and memory of its limit', async () => {
    const segment = segmentPath(path, 1)
    writeFileSync(segment, bomb('x'.repeat(1024 * 1024), 1_000))
    writeFileSync(path, '')
    const before = process.cpuUsage()
    await expect(readTimeline(path)).rejects.toThrow(
      /:1: expected a timeline event, found a line without an end/,
    )
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1e6).toBeLessThan(10)
  })

  it('events that unpack to more than any segment has are given up', async () => {
    // Each event has its number again: nothing of them is kept.
    writeFileSync(segmentPath(path, 1), bomb(line(0, { ...run, scenario: 'x'.repeat(1_000_000) }), 1_010))
    await expect(explainStream(eachEvent(path))).rejects.toThrow(/one that unpacks to more than 1 GB/)
  }, 60_000)

  it('says that it is too long for who needs all of it at once', async () => {
    writeFileSync(path, line(0, run) + line(1, note(1)))
    const read = async () => {
      for await (const event of eachEvent(path, { charactersMax: 100 })) if (event.seq > 9) throw event
    }
    await expect(read()).rejects.toThrow(/expected at most 100 characters of events, found more/)
  })

  it('refuses more nodes than any network has', async () => {
    const heads = Array.from({ length: 501 }, (_, node) =>
      line(node + 1, { kind: 'head', node: `n${node}`, level: 'unsafe', block }),
    )
    writeFileSync(path, line(0, run) + heads.join(''))
    await expect(explainStream(eachEvent(path))).rejects.toThrow(/expected heads of at most 500 nodes/)
  })

  it('leaps of L1 by trillions cost no more than others', async () => {
    const l1 = (seq: number, number: number) =>
      line(seq, { kind: 'l1-block', block: { number, hash: `0x${number}` }, timestamp: 0, fork: 0 })
    const numbers = [1, Number.MAX_SAFE_INTEGER, 2, Number.MAX_SAFE_INTEGER - 1, 3]
    writeFileSync(path, line(0, run) + numbers.map((number, index) => l1(index + 1, number)).join(''))
    expect((await explainStream(eachEvent(path))).class).toBeNull()
  })
})

const note = (seq: number) => ({ kind: 'note', component: 'a', message: `note ${seq} ${Math.sin(seq)}` })

/** A gzip of so many times the text, without ever holding it all. */
function bomb(text: string, times: number): Buffer {
  const member = gzipSync(text)
  // RFC 1952, section 2.2: members follow each other.
  return Buffer.concat(Array.from({ length: times }, () => member))
}
