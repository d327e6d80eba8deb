import { createWriteStream } from 'node:fs'

/** The log of a component that runs inside the harness. */
export interface LogFile {
  line(text: string): void
  close(): Promise<void>
}

/** What is logged beyond this is dropped, with a last line that says so. */
const logBytesMax = 256 * 1024 * 1024

/** Opens a log for appending. Lines get the time in front. */
export function openLogFile(path: string, nowMs: () => number): LogFile {
  const stream = createWriteStream(path, { flags: 'a', mode: 0o644 })
  // A full disk must not end the run: the log is an aid.
  stream.on('error', () => {})
  let bytes = 0
  return {
    line(text) {
      if (bytes > logBytesMax) return
      const line = `${new Date(nowMs()).toISOString()} ${text}\n`
      bytes += line.length
      stream.write(bytes > logBytesMax ? `more than ${logBytesMax} bytes: the rest is dropped\n` : line)
    },
    close: () => new Promise((resolve) => stream.end(() => resolve())),
  }
}
