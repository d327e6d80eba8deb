import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** A file has more than a caller takes. */
export class FileTooLongError extends Error {
  override readonly name = 'FileTooLongError'
}

/**
 * The bytes of a file and its mode. Reads what is there, whatever size the file says it has: a device or a pipe says 0.
 * @throws FileTooLongError, or the error of the file system.
 */
export function readBounded(
  path: string,
  bytesMax: number,
): { readonly bytes: Buffer; readonly mode: number } {
  const descriptor = openSync(path, 'r')
  try {
    const { size, mode } = fstatSync(descriptor)
    const chunks: Buffer[] = []
    let length = 0
    for (;;) {
      const chunk = Buffer.allocUnsafe(Math.min(Math.max(size - length, 4096), bytesMax + 1))
      const read = readSync(descriptor, chunk)
      if (read === 0) break
      length += read
      if (length > bytesMax) throw new FileTooLongError(`it has more than ${bytesMax} bytes`)
      chunks.push(chunk.subarray(0, read))
    }
    return { bytes: Buffer.concat(chunks), mode }
  } finally {
    closeSync(descriptor)
  }
}
