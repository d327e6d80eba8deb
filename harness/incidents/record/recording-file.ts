import {
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { Fact, WorldEvent } from '../../events/event.ts'
import { parseTimelineLine } from '../../events/reader.ts'
import { segmentPath, segmentsOf } from '../../events/segments.ts'
import { TimelineError } from '../../events/timeline-error.ts'
import { lastWords } from './last-words.ts'
import { linesOfSegment, readOldRecording, sizeOf } from './old-recording.ts'
import { isFull, RecordingError, recordingError } from './recording-error.ts'

export interface RecordingFileOptions {
  readonly path: string
  /** When all files together are longer, the older events are dropped. */
  readonly bytesMax: number
  readonly nowMs: () => number
  /** When the file is longer, it is sealed: compressed beside itself, and begun again. Default 8 MB, or less for a small `bytesMax`. */
  readonly segmentBytes?: number
  /** Writes to a descriptor from an offset on, and says how much; default: to the disk. */
  readonly write?: (descriptor: number, bytes: Uint8Array, offset: number) => number
}

const segmentBytesDefault = 8_000_000

/**
 * The file of a recording: NDJSON, each event written before `record` returns, so that a kill loses nothing before it.
 * While the disk is full, events wait in memory, and are written when there is room again.
 */
export interface RecordingFile {
  /** @throws RecordingError when not even the first event can be written, or the file is gone for another reason. */
  record(fact: Fact): void
  /** Of the file and its segments. */
  readonly bytes: number
  readonly events: number
  /** Events that wait for room on the disk. */
  readonly waiting: number
  /** @throws RecordingError saying what could not be written until now. */
  close(): void
}

/** What waits for room is no more than that; what comes then is counted, and is a gap. */
const heldBytesMax = 8_000_000
/** How often a full disk is tried again. */
const retryMs = 1_000

/**
 * Opens it, or goes on with the one that is there: half a last line is cut off, and the time since is a gap.
 * @throws RecordingError when something else is there.
 */
export function openRecordingFile(options: RecordingFileOptions): RecordingFile {
  const { path, bytesMax, nowMs, write = writeSync } = options
  const segmentBytes = options.segmentBytes ?? Math.min(segmentBytesDefault, bytesMax / 4)
  const old = readOldRecording(path)
  const isDevice = path.startsWith('/dev/')
  const descriptor = opened(path)
  let bytes = old?.bytes ?? 0
  if (sizeOf(path) > bytes) ftruncateSync(descriptor, bytes)
  let segments = segmentsOf(path).map((segment) => ({ ...segment, bytes: statSync(segment.path).size }))
  let sealFrom = segmentBytes
  let cutWaits = false
  const held: { readonly line: Buffer; readonly t: number }[] = []
  let heldBytes = 0
  let dropped: { readonly from: number; count: number } | null = null
  let triedMs = 0
  let seq = old === null ? 0 : old.last.seq + 1
  let events = 0
  const total = () => segments.reduce((sum, segment) => sum + segment.bytes, bytes)

  /** All of it or nothing. */
  function writeWhole(target: number, whole: Uint8Array, size: number): void {
    try {
      for (let done = 0; done < whole.byteLength; ) done += write(target, whole, done)
    } catch (error) {
      if (!isDevice) ftruncateSync(target, size)
      throw error
    }
  }

  function append(event: WorldEvent): void {
    const line = Buffer.from(`${JSON.stringify(event)}\n`)
    if (held.length > 0) {
      if (event.t - triedMs >= retryMs) flush(event.t)
      if (held.length > 0) {
        hold(line, event.t)
        return
      }
    }
    try {
      writeWhole(descriptor, line, bytes)
      bytes += line.byteLength
    } catch (error) {
      // A recording that cannot even begin is of no use.
      if (!isFull(error) || total() === 0) throw recordingError(path, error)
      triedMs = event.t
      hold(line, event.t)
    }
  }

  function hold(line: Buffer, t: number): void {
    if (heldBytes + line.byteLength > heldBytesMax || dropped !== null) {
      dropped ??= { from: t, count: 0 }
      dropped.count++
      return
    }
    held.push({ line, t })
    heldBytes += line.byteLength
  }

  /** Writes what waits, as far as there is room. */
  function flush(t: number): void {
    triedMs = t
    for (let next = held[0]; next !== undefined; next = held[0]) {
      try {
        writeWhole(descriptor, next.line, bytes)
      } catch (error) {
        if (isFull(error)) return
        throw recordingError(path, error)
      }
      held.shift()
      bytes += next.line.byteLength
      heldBytes -= next.line.byteLength
    }
    if (dropped === null) return
    const { from, count } = dropped
    dropped = null
    file.record({
      ...{ kind: 'gap', component: 'recorder', from },
      reason: `the disk was full: ${count} events did not fit into memory`,
    })
  }

  /** A kill between the two steps leaves the events in both files: a reader takes each number once. */
  function seal(): void {
    const number = (segments.at(-1)?.number ?? 0) + 1
    segments.push(writeSegment(number, readFileSync(path)))
    ftruncateSync(descriptor, 0)
    bytes = 0
    sealFrom = segmentBytes
  }

  /** False while the disk is full: it is tried again when the file has grown by another segment. */
  function withRoom(action: () => void): boolean {
    try {
      action()
      return true
    } catch (error) {
      if (!isFull(error)) throw recordingError(path, error)
      sealFrom = bytes + segmentBytes
      return false
    }
  }

  function writeSegment(number: number, content: Uint8Array) {
    const segment = segmentPath(path, number)
    const compressed = gzipSync(content)
    const next = openSync(`${segment}.next`, 'w', 0o600)
    try {
      writeWhole(next, compressed, 0)
    } catch (error) {
      rmSync(`${segment}.next`, { force: true })
      throw error
    } finally {
      closeSync(next)
    }
    renameSync(`${segment}.next`, segment)
    return { number, path: segment, bytes: compressed.byteLength }
  }

  /** Drops the oldest segment. The next one then begins with the header and the last word about everything in it. */
  function cut(): void {
    const [oldest, next, ...others] = segments
    if (oldest === undefined || next === undefined) return
    const [header = '', ...dropped] = linesOfSegment(oldest.path)
    const [first, last] = [dropped.at(0), dropped.at(-1)]
    if (first === undefined || last === undefined) return
    const gone = dropped.map((line) => parseTimelineLine(line, oldest.path))
    const gap: WorldEvent = {
      ...{ seq: gone.at(-1)?.seq ?? 0, t: gone.at(-1)?.t ?? 0, kind: 'gap', component: 'recorder' },
      from: gone.find(({ kind }) => kind === 'gap')?.t ?? gone[0]?.t ?? 0,
      reason: 'older events were dropped to stay within --max-size; the last word about everything was kept',
    }
    const words = lastWords(gone).map((event) => JSON.stringify(event))
    const lines = [header, ...words, JSON.stringify(gap), ...linesOfSegment(next.path)]
    segments = [writeSegment(next.number, Buffer.from(`${lines.join('\n')}\n`)), ...others]
    rmSync(oldest.path)
  }

  /** An endpoint may tell numbers that no JSON integer holds, and one such line would make all of the file unreadable. */
  function readable(event: WorldEvent): WorldEvent {
    try {
      parseTimelineLine(JSON.stringify(event), path)
      return event
    } catch (error) {
      if (!(error instanceof TimelineError)) throw error
      const { seq: number, t, kind } = event
      const message = `left out an event of the kind ${kind} that no reader would take: a number out of range`
      return { seq: number, t, kind: 'note', component: 'recorder', message }
    }
  }

  const file: RecordingFile = {
    record(fact) {
      // The one header stays the first line.
      if (fact.kind === 'run' && seq > 0) return
      append(readable({ seq: seq++, t: nowMs(), ...fact }))
      events++
      if (bytes > sealFrom && withRoom(seal)) cutWaits = false
      while (!cutWaits && total() > bytesMax && segments.length > 1) cutWaits = !withRoom(cut)
    },
    get bytes() {
      return total()
    },
    get events() {
      return events
    },
    get waiting() {
      return held.length + (dropped?.count ?? 0)
    },
    close() {
      const [first] = held
      flush(nowMs())
      closeSync(descriptor)
      if (held.length > 0 && first !== undefined)
        throw new RecordingError(
          `the disk of ${path} is full: ${file.waiting} events since ${new Date(first.t).toISOString()} could not be written; what was recorded before is whole; make room there and start the same command again, and it goes on`,
        )
    },
  }
  if (old !== null)
    file.record({
      ...{ kind: 'gap', component: 'recorder', from: old.last.t },
      reason: `the recorder was not running${old.cutBytes > 0 ? `; half an event (${old.cutBytes} bytes) was cut off` : ''}`,
    })
  return file
}

function opened(path: string): number {
  try {
    return openSync(path, 'a', 0o600)
  } catch (error) {
    throw recordingError(path, error)
  }
}
