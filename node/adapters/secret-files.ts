import { readFileSync } from 'node:fs'
import { type Hex, hexToBytes } from 'viem'
import { ConfigError } from '../config/config-error.ts'

const hex32 = /^(?:0x)?([0-9a-fA-F]{64})$/

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

/** @throws ConfigError when the text is not 32 bytes of hex. */
export function parseSecret(text: string, what: string): Uint8Array {
  const trimmed = text.trim()
  const digits = hex32.exec(trimmed)?.[1]
  if (digits === undefined)
    throw new ConfigError(`${what}: expected 32 bytes as 64 hex digits, found ${describe(trimmed)}`)
  return hexToBytes(`0x${digits}` as Hex)
}

function describe(text: string): string {
  if (text === '') return 'nothing'
  const digits = text.startsWith('0x') ? text.slice(2) : text
  return /^[0-9a-fA-F]*$/.test(digits)
    ? `${digits.length} hex digits`
    : `${text.length} characters that are not all hex`
}
