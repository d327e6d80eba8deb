/** Something of a run could not be written. */
export class DiskFailure extends Error {
  override readonly name = 'DiskFailure'
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: make room there',
  EDQUOT: 'the quota of this user is used up: make room there',
  EROFS: 'the file system is read-only: let LOCKSTEP_DIRECTORY name another folder',
  EACCES: 'this user may not write there: let LOCKSTEP_DIRECTORY name a folder that it may write to',
  EPERM: 'this user may not write there: let LOCKSTEP_DIRECTORY name a folder that it may write to',
  EIO: 'the disk fails',
}

/**
 * What a failed write means, in one sentence with the path: the system's own message names it only when a file is opened.
 * Any other error comes back as it is.
 */
export function diskFailure(path: string, error: unknown): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  const reason = code === undefined ? undefined : reasons[code]
  return reason === undefined
    ? error
    : new DiskFailure(`cannot write ${path}: ${reason} (${code})`, { cause: error })
}

/** Runs what writes to the path. @throws DiskFailure, or what else it throws. */
export function writing<T>(path: string, write: () => T): T {
  try {
    return write()
  } catch (error) {
    throw diskFailure(path, error)
  }
}
