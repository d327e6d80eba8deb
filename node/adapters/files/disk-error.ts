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
  if (error instanceof DiskError) return error
  if (
    /No space left|ENOSPC|disk is full/.test(text) ||
    (/Input\/output error|EIO/.test(text) && isFull(directory))
  )
    return fullDisk(directory, error)
  return error
}

const fullDisk = (directory: string, cause?: unknown) =>
  new DiskError(`the disk of ${directory} is full: make room there, and it goes on`, { cause })

/**
 * LMDB maps a file that it makes: on a full disk the first write to it ends the process.
 * @throws DiskError when there is no room for what it makes.
 */
export function requireRoom(directory: string): void {
  if (isFull(directory)) throw fullDisk(directory)
}

/** Why lmdb could not commit: what failed says only that it did, and holds a promise of the reason. */
export async function commitFailure(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error
  const reason = Promise.resolve(error.commitError).then(
    () => error,
    (why: unknown) => why,
  )
  return await Promise.race([reason, new Promise((resolve) => setImmediate(resolve, error))])
}

function isFull(directory: string): boolean {
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize < fullBytesMax
}
