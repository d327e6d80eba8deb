import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'

/** How much of the end of a log is looked at. */
const tailBytesMax = 64 * 1024

/** The last lines of a log file, oldest first; empty when there is no such file, or no path. Reads at most 64 KiB. */
export function tailOfLog(path: string, linesMax: number): readonly string[] {
  if (path === '') return []
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return []
  }
  try {
    const { size } = fstatSync(file)
    const length = Math.min(size, tailBytesMax)
    const buffer = Buffer.alloc(length)
    readSync(file, buffer, 0, length, size - length)
    const lines = buffer.toString('utf8').split('\n')
    if (length < size) lines.shift()
    return lines.filter((line) => line.trim() !== '').slice(-linesMax)
  } finally {
    closeSync(file)
  }
}

/** In bytes; 0 when there is no such file, or no path. */
export function sizeOfLog(path: string): number {
  return path === '' ? 0 : (statSync(path, { throwIfNoEntry: false })?.size ?? 0)
}
