import { createWriteStream, renameSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { diskFailure } from '../disk-failure.ts'
import type { WorldEvent } from './event.ts'
import { createSegmentRing } from './segment-ring.ts'
import { rawSegmentPath } from './segments.ts'
import type { EventStream } from './stream.ts'

/** The file that a stream is written to: one subscriber among others. */
export interface EventFile {
  /**
   * Resolves when everything that was recorded is in the file; what comes later is not written.
   * @throws DiskFailure, or Error naming the file, when something could not be written.
   */
  close(): Promise<void>
}

export interface WriteEventsOptions {
  /** Called once, when something cannot be written: nothing that follows is. */
  readonly onFailure?: (error: unknown) => void
  readonly open?: (path: string) => Writable
  /** A longer file becomes a segment, and another begins. Default: 64 MB, some forty minutes of a devstack under load. */
  readonly segmentBytes?: number
  /** Segments kept beside the first. Default: 24, which are some 200 MB. */
  readonly segmentsMax?: number
}

/**
 * Writes every event from now on to a new file: NDJSON, one event per line, in the order of the stream. Of a run that
 * goes on for days the beginning and the newest are kept.
 */
export function writeEvents(events: EventStream, path: string, options: WriteEventsOptions = {}): EventFile {
  const { open = openNew, onFailure, segmentBytes = 64_000_000, segmentsMax = 24 } = options
  const ring = createSegmentRing(path, segmentsMax)
  let stream = openStream()
  let failure: unknown
  let bytes = 0
  let segments = 0
  let [first, last]: [WorldEvent | null, WorldEvent | null] = [null, null]
  /** Lines that came while the file became a segment. */
  let waiting: string[] | null = null
  let turning: Promise<void> = Promise.resolve()

  function openStream(): Writable {
    return open(path).on('error', (error) => fail(error))
  }

  function fail(error: unknown): void {
    if (failure !== undefined) return
    unsubscribe()
    const told = diskFailure(path, error)
    const why = error instanceof Error ? error.message : String(error)
    failure = told === error ? new Error(`the timeline ${path} is not complete: ${why}`) : told
    onFailure?.(failure)
  }

  function write(event: WorldEvent): void {
    const line = `${JSON.stringify(event)}\n`
    first ??= event
    last = event
    bytes += line.length
    if (waiting !== null) waiting.push(line)
    else stream.write(line)
    if (bytes > segmentBytes && waiting === null) turning = turn()
  }

  /** The file is renamed when all of it is written, so that a reader finds every event in the one or in the other. */
  async function turn(): Promise<void> {
    const part = { first: first as WorldEvent, last: last as WorldEvent, number: ++segments }
    waiting = []
    await ended(stream)
    if (failure !== undefined) return
    try {
      const raw = rawSegmentPath(path, part.number)
      renameSync(path, raw)
      ring.add({ ...part, path: raw })
      stream = openStream()
    } catch (error) {
      return fail(error)
    }
    for (const line of waiting) stream.write(line)
    bytes = waiting.reduce((sum, line) => sum + line.length, 0)
    first = waiting.length === 0 ? null : (JSON.parse(waiting[0] as string) as WorldEvent)
    waiting = null
  }

  const unsubscribe = events.subscribe(write)
  let closing: Promise<void> | null = null
  return {
    close() {
      unsubscribe()
      closing ??= turning
        .then(() => ended(stream))
        .then(() => ring.settled())
        .then(() => {
          if (failure !== undefined) throw failure
        })
      return closing
    },
  }
}

/** Resolves when everything is written, or nothing more can be. */
const ended = (stream: Writable) =>
  new Promise<void>((resolve) => {
    if (stream.destroyed) resolve()
    else stream.once('close', () => resolve()).end(() => resolve())
  })

const openNew = (path: string): Writable => createWriteStream(path, { flags: 'wx', mode: 0o644 })
