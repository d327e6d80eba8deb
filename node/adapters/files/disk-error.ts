import { statfsSync } from 'node:fs'
import { errorText } from '../../concurrency/error-text.ts'

/** The disk of a store does not take what is written: nothing of it was. */
export class DiskError extends Error {
  override readonly name = 'DiskError'
}

/** A disk with less than this is full: LMDB writes whole pages, and file systems keep some for themselves. */
const fullBytesMax = 1024 * 1024

/**
 * What a failed write means. LMDB says "Input/output error" for a part of a page that was still written, and only
 * sometimes "No space left on device". Any other error comes back as it is.
 */
export function diskError(directory: string, error: unknown): unknown {
  const text = errorText(error)
  if (/No space left|ENOSPC/.test(text) || (/Input\/output error|EIO/.test(text) && isFull(directory)))
    return new DiskError(`the disk of ${directory} is full: make room there, and it goes on`, {
      cause: error,
    })
  return error
}

function isFull(directory: string): boolean {
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize < fullBytesMax
}
