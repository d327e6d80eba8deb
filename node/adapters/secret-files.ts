import { readFileSync } from 'node:fs'
import { ConfigError } from '../config/config-error.ts'
import { parseSecret } from '../config/secret.ts'

/**
 * The text of a file that the operator named.
 * @throws ConfigError naming what the file is for and why it cannot be read.
 */
export function readConfigFile(path: string, purpose: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a directory'
          : code === 'EACCES'
            ? 'permission denied'
            : String(code)
    throw new ConfigError(`${purpose}: cannot read ${path}: ${why}`)
  }
}

/**
 * A 32-byte secret in hex, with or without 0x, surrounded by white space or not. The value never gets into the error.
 * @throws ConfigError
 */
export function readSecretFile(path: string, purpose: string): Uint8Array {
  return parseSecret(readConfigFile(path, purpose), `${purpose}: ${path}`)
}
