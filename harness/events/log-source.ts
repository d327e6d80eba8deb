import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** How much of a log one look reads at most; what is left is read by the next ones. */
const chunkBytesMax = 256 * 1024
/** Of a log that grows faster than it is read, the part before this is skipped. */
const backlogBytesMax = 4 * 1024 * 1024
/** A line is cut here. */
const lineBytesMax = 64 * 1024

/** The new lines of a log file that somebody else writes. */
export interface LogSource {
  /** What was written since the last call, as far as it is whole lines. */
  read(): { readonly lines: readonly string[]; readonly skippedBytes: number }
  close(): void
}

/** Follows a file that need not exist yet. Nothing is read before the first call. */
export function openLogSource(path: string): LogSource {
  let file: number | null = null
  let offset = 0
  let rest = Buffer.alloc(0)

  function open(): number | null {
    try {
      return openSync(path, 'r')
    } catch {
      return null
    }
  }

  return {
    read() {
      file ??= open()
      if (file === null) return { lines: [], skippedBytes: 0 }
      const { size } = fstatSync(file)
      if (size <= offset) return { lines: [], skippedBytes: 0 }
      let skippedBytes = 0
      if (size - offset > backlogBytesMax) {
        skippedBytes = size - offset - chunkBytesMax
        offset += skippedBytes
        rest = Buffer.alloc(0)
      }
      const chunk = Buffer.alloc(Math.min(size - offset, chunkBytesMax))
      const read = readSync(file, chunk, 0, chunk.byteLength, offset)
      offset += read
      const bytes = Buffer.concat([rest, chunk.subarray(0, read)])
      const end = bytes.lastIndexOf(0x0a) + 1
      rest = bytes.subarray(end)
      if (rest.byteLength > lineBytesMax) rest = rest.subarray(0, lineBytesMax)
      const lines = bytes.toString('utf8', 0, end).split('\n')
      return { lines: lines.filter((line) => line.trim() !== ''), skippedBytes }
    },
    close() {
      if (file !== null) closeSync(file)
      file = null
    },
  }
}
