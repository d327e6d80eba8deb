import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { ConfigError } from '../../config/config-error.ts'
import { parseSecret } from '../../config/secret.ts'

/**
 * The text of a file that the operator named.
 * @throws ConfigError naming what the file is for and why it cannot be read.
 */
export function readConfigFile(path: string, purpose: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError(`${purpose}: cannot read ${path}: ${reasonOf(error, 'there is no such file')}`)
  }
}

/**
 * A 32-byte secret in hex, with or without 0x, surrounded by white space or not. The value never gets into the error.
 * @throws ConfigError
 */
export function readSecretFile(path: string, purpose: string): Uint8Array {
  return parseSecret(readConfigFile(path, purpose), `${purpose}: ${path}`)
}

/**
 * As {@link readSecretFile}; makes a new secret when there is no such file, readable by its owner alone (mode 0600).
 * @throws ConfigError
 */
export function readOrMakeSecretFile(
  path: string,
  purpose: string,
): { readonly secret: Uint8Array; readonly isNew: boolean } {
  const secret = randomBytes(32)
  try {
    // Fails when the file is there: two nodes that start at once cannot both believe that theirs is the one.
    writeFileSync(path, `${secret.toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
    return { secret: new Uint8Array(secret), isNew: true }
  } catch (error) {
    // A file in a place where no new one may be made can still be read; the reading says best what is wrong with it.
    if (existsSync(path)) return { secret: readSecretFile(path, purpose), isNew: false }
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
