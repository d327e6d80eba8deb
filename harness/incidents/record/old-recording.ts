import { existsSync, readFileSync, statSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { WorldEvent } from '../../events/event.ts'
import { parseTimelineLine } from '../../events/reader.ts'
import { segmentsOf } from '../../events/segments.ts'
import { RecordingError } from './recording-error.ts'
import { recordingTopology } from './recording-topology.ts'

const newline = 0x0a

interface OldRecording {
  readonly last: WorldEvent
  /** Of the whole lines of the file. */
  readonly bytes: number
  readonly cutBytes: number
}

/**
 * What is there to go on with; null when nothing is.
 * @throws RecordingError when something else is there.
 */
export function readOldRecording(path: string): OldRecording | null {
  const segments = segmentsOf(path)
  const content = sizeOf(path) > 0 ? readFileSync(path) : Buffer.alloc(0)
  const bytes = content.lastIndexOf(newline) + 1
  const tail = content.subarray(0, bytes).toString('utf8').split('\n').slice(0, -1)
  const [oldest, newest] = [segments.at(0), segments.at(-1)]
  const first = oldest === undefined ? tail.at(0) : linesOfSegment(oldest.path).at(0)
  const last = tail.at(-1) ?? (newest === undefined ? undefined : linesOfSegment(newest.path).at(-1))
  if (first === undefined || last === undefined) {
    // Killed within its first event.
    if (content.byteLength === 0 || content.subarray(0, 16).toString().startsWith('{"seq":0,')) return null
    throw new RecordingError(`${path}: expected a recording to go on with, found another file`)
  }
  const header = parseTimelineLine(first, `${oldest?.path ?? path}:1`)
  if (header.kind !== 'run' || header.topology !== recordingTopology)
    throw new RecordingError(
      `${path}: expected a recording to go on with, found a run of ${header.kind === 'run' ? header.topology : 'unknown kind'}; name another --out`,
    )
  return {
    last: parseTimelineLine(last, path),
    ...{ bytes, cutBytes: content.byteLength - bytes },
  }
}

/** In bytes. A device has none. */
export function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0
}

/** A segment is sealed when it has 8 MB, or much later on a full disk; a string of Node.js holds no more. */
const segmentBytesMax = 500_000_000

/**
 * The events of a sealed file, each a line.
 * @throws RecordingError when it is damaged, or unpacks to more than any segment.
 */
export function linesOfSegment(path: string): readonly string[] {
  try {
    const content = gunzipSync(readFileSync(path), { maxOutputLength: segmentBytesMax })
    return content.toString('utf8').split('\n').slice(0, -1)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ERR_BUFFER_TOO_LARGE' && code?.startsWith('Z_') !== true) throw error
    throw new RecordingError(`${path}: expected a segment of a recording, found a damaged one: ${message}`)
  }
}
