import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { diskFailure } from '../disk-failure.ts'
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
}

/** Writes every event from now on to a new file: NDJSON, one event per line, in the order of the stream. */
export function writeEvents(events: EventStream, path: string, options: WriteEventsOptions = {}): EventFile {
  const { open = openNew, onFailure } = options
  const stream = open(path)
  let failure: unknown
  const unsubscribe = events.subscribe((event) => stream.write(`${JSON.stringify(event)}\n`))
  stream.on('error', (error) => {
    if (failure !== undefined) return
    unsubscribe()
    const told = diskFailure(path, error)
    failure = told === error ? new Error(`the timeline ${path} is not complete: ${error.message}`) : told
    onFailure?.(failure)
  })
  let closing: Promise<void> | null = null
  return {
    close() {
      unsubscribe()
      closing ??= new Promise<void>((resolve) => stream.end(() => resolve())).then(() => {
        if (failure !== undefined) throw failure
      })
      return closing
    },
  }
}

const openNew = (path: string): Writable => createWriteStream(path, { flags: 'wx', mode: 0o644 })
