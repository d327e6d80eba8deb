import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs'

/** How much of a log one look reads at most; what is left is read by the next ones. */
const chunkBytesMax = 256 * 1024
/** Of a log that grows faster than it is read, the part before this is skipped. */
const backlogBytesMax = 4 * 1024 * 1024
/** A line is cut here. */
const lineBytesMax = 64 * 1024
const newline = 0x0a

/** The new lines of a log file that somebody else writes. */
export interface LogSource {
  /** What was written since the last call, as far as it is whole lines. */
  read(): { readonly lines: readonly string[]; readonly skippedBytes: number }
  close(): void
}

export interface LogSourceOptions {
  /** What the file holds at the first call is left out: it tells of another time. Default: it is read too. */
  readonly fromEnd?: boolean
}

/**
 * Follows a file that need not exist yet, through its rotation: to another file of that name, and to nothing in its place.
 * Nothing is read before the first call.
 */
export function openLogSource(path: string, { fromEnd = false }: LogSourceOptions = {}): LogSource {
  let skipsOld = fromEnd
  let file: number | null = null
  let offset = 0
  let rest = Buffer.alloc(0)
  /** Until its newline: half a line without its beginning may be half of a credential. */
  let isWithinLine = false

  function open(): number | null {
    try {
      // A pipe that nobody writes to would hold the whole process.
      return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    } catch {
      return null
    }
  }
  function begin(): void {
    offset = 0
    rest = Buffer.alloc(0)
    isWithinLine = false
  }
  function isReplaced(descriptor: number): boolean {
    const now = statSync(path, { throwIfNoEntry: false })
    return now !== undefined && now.ino !== fstatSync(descriptor).ino
  }

  function skipOld(descriptor: number): void {
    offset = fstatSync(descriptor).size
    const last = Buffer.alloc(1)
    isWithinLine = offset > 0 && readSync(descriptor, last, 0, 1, offset - 1) === 1 && last[0] !== newline
  }

  return {
    read() {
      file ??= open()
      if (file !== null && skipsOld) skipOld(file)
      skipsOld = false
      if (file === null) return { lines: [], skippedBytes: 0 }
      // Of the old file everything is read first.
      if (fstatSync(file).size === offset && isReplaced(file)) {
        closeSync(file)
        file = open()
        begin()
        if (file === null) return { lines: [], skippedBytes: 0 }
      }
      const { size } = fstatSync(file)
      if (size < offset) begin()
      if (size <= offset) return { lines: [], skippedBytes: 0 }
      let skippedBytes = 0
      if (size - offset > backlogBytesMax) {
        skippedBytes = size - offset - chunkBytesMax
        offset += skippedBytes
        rest = Buffer.alloc(0)
        isWithinLine = true
      }
      const chunk = Buffer.alloc(Math.min(size - offset, chunkBytesMax))
      const read = readSync(file, chunk, 0, chunk.byteLength, offset)
      offset += read
      let bytes = Buffer.concat([rest, chunk.subarray(0, read)])
      if (isWithinLine) {
        const end = bytes.indexOf(newline)
        isWithinLine = end < 0
        bytes = bytes.subarray(isWithinLine ? bytes.byteLength : end + 1)
      }
      const end = bytes.lastIndexOf(newline) + 1
      rest = bytes.subarray(end)
      if (rest.byteLength > lineBytesMax) rest = rest.subarray(0, lineBytesMax)
      const lines = bytes.toString('utf8', 0, end).split('\n')
      return {
        lines: lines.filter((line) => line.trim() !== '').map((line) => line.slice(0, lineBytesMax)),
        skippedBytes,
      }
    },
    close() {
      if (file !== null) closeSync(file)
      file = null
    },
  }
}
