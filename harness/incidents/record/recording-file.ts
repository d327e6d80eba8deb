import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import type { Fact, WorldEvent } from '../../events/event.ts'
import { parseTimelineLine } from '../../events/reader.ts'
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
  /** Writes to a descriptor from an offset on, and says how much; default: to the disk. */
  readonly write?: (descriptor: number, bytes: Uint8Array, offset: number) => number
}

/**
 * The file of a recording: NDJSON, each event written before `record` returns, so that a kill loses nothing before it.
 * While the disk is full, events wait in memory, and are written when there is room again.
 */
export interface RecordingFile {
  /** @throws RecordingError when not even the first event can be written, or the file is gone for another reason. */
  record(fact: Fact): void
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
  const old = existsSync(path) ? readOld(path) : null
  const device = path.startsWith('/dev/')
  /** For appending: after a write that failed half-way the next one begins where the file ends. */
  const openAt = (file: string, size: number) => {
    const opened = attempt(path, () => openSync(file, 'a', 0o600))
    if (!device) ftruncateSync(opened, size)
    return opened
  }
  let descriptor = openAt(path, old?.bytes ?? 0)
  const held: { readonly line: Buffer; readonly t: number }[] = []
  let heldBytes = 0
  let dropped: { readonly from: number; count: number } | null = null
  let triedMs = 0
  let bytes = old?.bytes ?? 0
  let cutFrom = bytesMax
  let seq = old === null ? 0 : old.last.seq + 1
  let events = 0

  /** All of it or nothing. */
  function writeWhole(target: number, whole: Uint8Array, size: number): void {
    try {
      for (let done = 0; done < whole.byteLength; ) done += write(target, whole, done)
    } catch (error) {
      if (!device) ftruncateSync(target, size)
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
      if (!isFull(error) || bytes === 0) attempt(path, () => raise(error))
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
        attempt(path, () => raise(error))
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
    const next = openAt(`${path}.next`, 0)
    const whole = Buffer.from(`${text}\n`)
    try {
      writeWhole(next, whole, 0)
    } catch (error) {
      closeSync(next)
      rmSync(`${path}.next`, { force: true })
      // It is tried again when the file has grown by as much as would have been dropped.
      if (isFull(error)) cutFrom += bytesMax / 2
      else attempt(path, () => raise(error))
      return
    }
    cutFrom = bytesMax
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
      if (bytes > cutFrom) cut()
    },
    get bytes() {
      return bytes
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

/** L1 blocks that are kept whole: the heads of the kept half stand on them. */
const l1BlocksKept = 256

/** Of everything that moves its last place, in the order of the stream. */
function lastWords(events: readonly WorldEvent[]): readonly WorldEvent[] {
  const last = new Map<string, WorldEvent>()
  for (const event of events) last.set(subjectOf(event), event)
  const l1 = events.filter(({ kind }) => kind === 'l1-block' || kind === 'l1-reorg').slice(-l1BlocksKept)
  last.delete('')
  return [...last.values(), ...l1].sort((a, b) => a.seq - b.seq)
}

function subjectOf(event: WorldEvent): string {
  switch (event.kind) {
    case 'head':
      return `head ${event.node} ${event.level}`
    case 'peer':
      return `peer ${event.node} ${event.peer}`
    case 'l1-labels':
      return event.kind
    case 'rpc':
      return `rpc ${event.link} ${event.methods.join()}`
    default:
      return ''
  }
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

const isFull = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOSPC'

function raise(error: unknown): never {
  throw error
}

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
