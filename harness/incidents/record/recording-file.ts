import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import type { Fact, WorldEvent } from '../../events/event.ts'
import { parseTimelineLine } from '../../events/reader.ts'
import { lastWords } from './last-words.ts'
import { recordingTopology } from './recorder.ts'

/** The recording cannot be written; the message names the file and what to do. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError'
}

export interface RecordingFileOptions {
  readonly path: string
  /** When the file is longer, its older half is dropped. */
  readonly bytesMax: number
  readonly nowMs: () => number
}

/** The file of a recording: NDJSON, each event written before `record` returns, so that a kill loses nothing before it. */
export interface RecordingFile {
  /** @throws RecordingError. */
  record(fact: Fact): void
  readonly bytes: number
  readonly events: number
  close(): void
}

/**
 * Opens it, or goes on with the one that is there: half a last line is cut off, and the time since is a gap.
 * @throws RecordingError when something else is there.
 */
export function openRecordingFile({ path, bytesMax, nowMs }: RecordingFileOptions): RecordingFile {
  const old = existsSync(path) ? readOld(path) : null
  let descriptor = attempt(path, () => openSync(path, old === null ? 'w' : 'a', 0o600))
  if (old !== null) ftruncateSync(descriptor, old.bytes)
  let bytes = old?.bytes ?? 0
  let seq = old === null ? 0 : old.last.seq + 1
  let events = 0

  function append(event: WorldEvent): void {
    const line = Buffer.from(`${JSON.stringify(event)}\n`)
    for (let done = 0; done < line.byteLength; )
      done += attempt(path, () => writeSync(descriptor, line, done))
    bytes += line.byteLength
  }

  /** Keeps the header, the last word about everything, and the newer half. */
  function cut(): void {
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
    let size = 0
    let from = lines.length
    while (from > 1 && size < bytesMax / 2) size += Buffer.byteLength(lines[--from] ?? '') + 1
    const dropped = lines.slice(1, from).map((line) => parseTimelineLine(line, path))
    const oldest = dropped.at(0)
    const newest = dropped.at(-1)
    if (oldest === undefined || newest === undefined) return
    const gap: WorldEvent = {
      ...{ seq: newest.seq, t: newest.t, kind: 'gap', component: 'recorder', from: oldest.t },
      reason: 'older events were dropped to stay within --max-size; the last word about everything was kept',
    }
    const kept = lastWords(dropped).map((event) => JSON.stringify(event))
    const text = [lines[0], ...kept, JSON.stringify(gap), ...lines.slice(from)].join('\n')
    const next = openSync(`${path}.next`, 'w', 0o600)
    const whole = Buffer.from(`${text}\n`)
    for (let done = 0; done < whole.byteLength; ) done += attempt(path, () => writeSync(next, whole, done))
    renameSync(`${path}.next`, path)
    closeSync(descriptor)
    descriptor = next
    bytes = whole.byteLength
  }

  const file: RecordingFile = {
    record(fact) {
      // The one header stays the first line.
      if (fact.kind === 'run' && seq > 0) return
      append({ seq: seq++, t: nowMs(), ...fact })
      events++
      if (bytes > bytesMax) cut()
    },
    get bytes() {
      return bytes
    },
    get events() {
      return events
    },
    close: () => closeSync(descriptor),
  }
  if (old !== null)
    file.record({
      ...{ kind: 'gap', component: 'recorder', from: old.last.t },
      reason: `the recorder was not running${old.cutBytes > 0 ? `; half an event (${old.cutBytes} bytes) was cut off` : ''}`,
    })
  return file
}

function readOld(
  path: string,
): { readonly last: WorldEvent; readonly bytes: number; readonly cutBytes: number } | null {
  const { size } = statSync(path)
  if (size === 0) return null
  const content = readFileSync(path)
  const bytes = content.lastIndexOf(newline) + 1
  const lines = content.subarray(0, bytes).toString('utf8').split('\n').slice(0, -1)
  const [first, last] = [lines.at(0), lines.at(-1)]
  // Killed within its first event.
  if (first === undefined || last === undefined) {
    if (content.subarray(0, 16).toString().startsWith('{"seq":0,')) return null
    throw new RecordingError(`${path}: expected a recording to go on with, found another file`)
  }
  const header = parseTimelineLine(first, `${path}:1`)
  if (header.kind !== 'run' || header.topology !== recordingTopology)
    throw new RecordingError(
      `${path}: expected a recording to go on with, found a run of ${header.kind === 'run' ? header.topology : 'unknown kind'}; name another --out`,
    )
  return {
    last: parseTimelineLine(last, `${path}:${lines.length}`),
    ...{ bytes, cutBytes: size - bytes },
  }
}

const newline = 0x0a

/** @throws RecordingError in one sentence with the path. */
function attempt<T>(path: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new RecordingError(
      code === 'ENOSPC'
        ? `the disk of ${path} is full: what was recorded until now is whole; make room there and start the same command again, and it goes on`
        : `${path} cannot be written (${code ?? String(error)})`,
      { cause: error },
    )
  }
}
