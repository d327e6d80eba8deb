import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { ConfigError } from '../../config/config-error.ts'
import { parseSecret } from '../../config/secret.ts'
import { FileTooLongError, readBounded } from './bounded-file.ts'

/** A genesis with its accounts is the longest of the files. */
const configBytesMax = 256 * 1024 * 1024
const secretBytesMax = 1024

/** Hears of a secret that every user of the machine can read. Mounted secrets are often so: it is no error. */
export type OnExposed = (path: string) => void

/**
 * The text of a file that the operator named.
 * @throws ConfigError naming what the file is for and why it cannot be read.
 */
export function readConfigFile(path: string, purpose: string): string {
  return read(path, purpose, configBytesMax, 'expected a configuration').bytes.toString('utf8')
}

/**
 * A 32-byte secret in hex, with or without 0x, surrounded by white space or not. The value never gets into the error.
 * @throws ConfigError
 */
export function readSecretFile(path: string, purpose: string, onExposed: OnExposed): Uint8Array {
  const { bytes, mode } = read(path, purpose, secretBytesMax, 'expected 32 bytes as 64 hex digits')
  const secret = parseSecret(bytes.toString('utf8'), `${purpose}: ${path}`)
  if ((mode & othersRead) !== 0) onExposed(path)
  return secret
}

const othersRead = 0o004

function read(
  path: string,
  purpose: string,
  bytesMax: number,
  expected: string,
): ReturnType<typeof readBounded> {
  try {
    return readBounded(path, bytesMax)
  } catch (error) {
    if (error instanceof FileTooLongError)
      throw new ConfigError(`${purpose}: ${path}: ${expected}, found more than ${bytesMax} bytes`)
    throw new ConfigError(`${purpose}: cannot read ${path}: ${reasonOf(error, 'there is no such file')}`)
  }
}

/**
 * As {@link readSecretFile}; makes a new secret when there is no such file, readable by its owner alone (mode 0600).
 * @throws ConfigError
 */
export function readOrMakeSecretFile(
  path: string,
  purpose: string,
  onExposed: OnExposed,
): { readonly secret: Uint8Array; readonly isNew: boolean } {
  const secret = randomBytes(32)
  try {
    // Fails when the file is there: two nodes that start at once cannot both believe that theirs is the one.
    writeFileSync(path, `${secret.toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
    return { secret: new Uint8Array(secret), isNew: true }
  } catch (error) {
    // A file in a place where no new one may be made can still be read; the reading says best what is wrong with it.
    if (existsSync(path)) return { secret: readSecretFile(path, purpose, onExposed), isNew: false }
    throw new ConfigError(`${purpose}: cannot make ${path}: ${reasonOf(error, 'there is no such directory')}`)
  }
}

function reasonOf(error: unknown, missing: string): string {
  const { code } = error as NodeJS.ErrnoException
  const known: Readonly<Record<string, string>> = {
    ENOENT: missing,
    EISDIR: 'it is a directory',
    EACCES: 'permission denied',
  }
  return known[code ?? ''] ?? String(code)
}
