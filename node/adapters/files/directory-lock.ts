import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ConfigError } from '../../config/config-error.ts'

/** SQLITE_BUSY: somebody else has the lock. */
const busy = 5

/**
 * Takes a directory for this process alone, until it is disposed of or the process is gone. The lock is the kernel's,
 * so that none stays behind after SIGKILL, as a file with a process id would. Node has no call for such a lock of its
 * own, and LMDB lets several processes in: an empty SQLite file beside the store is only there to be locked.
 * @param flag the option that names the directory, with its dashes.
 * @param owner what else may have it: "another engine".
 * @throws ConfigError when somebody has it.
 */
export function lockDirectory(directory: string, flag: string, owner: string): Disposable {
  const lock = new DatabaseSync(join(directory, 'LOCK'))
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if ((error as { errcode?: number }).errcode !== busy) throw error
    throw new ConfigError(
      `${flag} ${directory}: expected it to be free, found it in use by ${owner}; stop that one, or name another directory`,
    )
  }
  return { [Symbol.dispose]: () => lock.close() }
}
