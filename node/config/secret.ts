import { hexToBytes } from '../protocol/bytes.ts'
import { ConfigError } from './config-error.ts'

const hex32 = /^(?:0x)?([0-9a-fA-F]{64})$/

/**
 * 32 bytes in hex, with or without 0x, surrounded by white space or not. The value never gets into the error.
 * @throws ConfigError when the text is anything else; `what` names the flag or file.
 */
export function parseSecret(text: string, what: string): Uint8Array {
  const trimmed = text.trim()
  const digits = hex32.exec(trimmed)?.[1]
  if (digits === undefined)
    throw new ConfigError(`${what}: expected 32 bytes as 64 hex digits, found ${describe(trimmed)}`)
  return hexToBytes(`0x${digits}`)
}

function describe(text: string): string {
  if (text === '') return 'nothing'
  const digits = text.startsWith('0x') ? text.slice(2) : text
  return /^[0-9a-fA-F]*$/.test(digits)
    ? `${digits.length} hex digits`
    : `${text.length} characters that are not all hex`
}
