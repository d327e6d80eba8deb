import { stripVTControlCharacters } from 'node:util'

export type LogLineLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error'

const words: Readonly<Record<string, LogLineLevel>> = {
  TRACE: 'trace',
  TRCE: 'trace',
  DEBUG: 'debug',
  DBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  WARNING: 'warn',
  ERROR: 'error',
  EROR: 'error',
  CRIT: 'error',
  FATAL: 'error',
  FTL: 'error',
  PANIC: 'error',
}

/** How far into a line its level may stand: behind a time, and not in what is told. */
const levelWithin = 60

/**
 * The level that a line carries; null when it carries none (a continuation, a banner, a stack). One reading for all clients:
 * `INFO [11-28|…]` (geth), `lvl=info` (op-node), ` INFO target:` behind a time (kona, reth), `"level":"info"` (JSON), and
 * our own.
 */
export function levelOfLine(line: string): LogLineLevel | null {
  const text = stripVTControlCharacters(line).slice(0, 4 * levelWithin)
  const named = /\b(?:lvl|level)"?\s*[=:]\s*"?([A-Za-z]+)/.exec(text.slice(0, 2 * levelWithin))?.[1]
  const bare = /(?:^|[\s[|])([A-Z]{3,7})(?=[\s\]:|[])/.exec(text.slice(0, levelWithin))?.[1]
  const small = /^\S*\s*\b(trace|debug|info|warn|error)\b/.exec(text.slice(0, levelWithin))?.[1]
  for (const word of [named, bare, small]) {
    const level = word === undefined ? undefined : words[word.toUpperCase()]
    if (level !== undefined) return level
  }
  return null
}
