import { execFile } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../../config/config-error.ts'
import { checkLmdbFile } from './lmdb-file.ts'

/** A bundle has it beside this module too, under the same name. */
const program = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? 'store-check-process.ts' : 'store-check-process.js',
    import.meta.url,
  ),
)
/** What the reader may say. */
const outputBytesMax = 64 * 1024

/** How a store was found before it is opened. */
export type StoreCondition =
  /** There was nothing. */
  | 'new'
  /** The directory was a store's, but its file is gone or empty: whatever was in it will be made anew. */
  | 'emptied'
  | 'whole'

/**
 * Reads all of a store in a process of its own before anybody relies on it. It takes some milliseconds for each megabyte.
 * @param flag the option that names the directory, with its dashes.
 * @throws ConfigError with one sentence when a page or a record of it is damaged.
 */
export async function checkStore(directory: string, flag: string): Promise<StoreCondition> {
  const path = join(directory, 'data.mdb')
  if (!existsSync(path) || statSync(path).size === 0)
    return existsSync(join(directory, 'LOCK')) ? 'emptied' : 'new'
  const damaged = (found: string) =>
    new ConfigError(
      `${flag} ${directory}: expected a whole store, found it damaged (${found}), or written by an older lockstep; start with an empty directory and sync`,
    )
  try {
    checkLmdbFile(path)
  } catch (error) {
    throw damaged(error instanceof Error ? error.message : String(error))
  }
  const found = await readAll(directory)
  if (found !== null) throw damaged(found)
  return 'whole'
}

/** `null` when everything can be read. */
function readAll(directory: string): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [program, directory],
      { maxBuffer: outputBytesMax },
      (error, stdout, stderr) => {
        if (error === null && stdout === 'whole') return resolve(null)
        if (error?.signal != null) return resolve(`reading it ended by ${error.signal}`)
        resolve(stdout === '' ? (lastError(stderr) ?? 'it cannot be read') : stdout)
      },
    )
  })
}

/** `Error: MDB_CORRUPTED: …` of a stack trace. */
function lastError(stderr: string): string | undefined {
  return /^\w*Error: (.*)$/m.exec(stderr)?.[1]
}
