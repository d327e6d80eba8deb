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
const levelWithin = 80

/** `level=info`, `INFO` between a time and the rest, and `info` as the second word. The first that a line has counts. */
const forms = [
  /\b(?:lvl|level)"?\s*[=:]\s*"?([A-Za-z]+)/,
  /(?:^|[\s[|])([A-Z]{3,7})(?=[\s\]:|[])/,
  /^\S*\s*\b(trace|debug|info|warn|error)\b/,
]

/**
 * The level that a line carries; null when it carries none (a continuation, a banner, a stack). One reading for all clients:
 * `INFO [11-28|…]` (geth), `lvl=info` (op-node), ` INFO target:` behind a time (kona, reth), `"level":"info"` (JSON), and
 * our own.
 */
export function levelOfLine(line: string): LogLineLevel | null {
  const text = stripVTControlCharacters(line).slice(0, levelWithin)
  const found = forms
    .map((form) => form.exec(text))
    .filter((match) => match !== null)
    .sort((a, b) => a.index - b.index)
  for (const [, word = ''] of found) {
    const level = words[word.toUpperCase()]
    if (level !== undefined) return level
  }
  return null
}
