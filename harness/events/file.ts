import { createWriteStream } from 'node:fs'
import type { EventStream } from './stream.ts'

/** The file that a stream is written to: one subscriber among others. */
export interface EventFile {
  /**
   * Resolves when everything that was recorded is in the file; what comes later is not written.
   * @throws Error naming the file when something could not be written.
   */
  close(): Promise<void>
}

/** Writes every event from now on to a new file: NDJSON, one event per line, in the order of the stream. */
export function writeEvents(events: EventStream, path: string): EventFile {
  const stream = createWriteStream(path, { flags: 'wx', mode: 0o644 })
  let failure: Error | undefined
  stream.on('error', (error) => {
    failure ??= error
  })
  const unsubscribe = events.subscribe((event) => stream.write(`${JSON.stringify(event)}\n`))
  let closing: Promise<void> | null = null
  return {
    close() {
      unsubscribe()
      closing ??= new Promise<void>((resolve) => stream.end(resolve)).then(() => {
        if (failure !== undefined) throw new Error(`the timeline ${path} is not complete: ${failure.message}`)
      })
      return closing
    },
  }
}
