import { stripVTControlCharacters } from 'node:util'
import { parseJson } from '../../node/json-rpc/json.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** A log line of any program, as far as it can be read. */
export interface LogLine {
  readonly level: LogLevel
  readonly message: string
  /** What stands behind the message as `name=value`, or beside it in JSON. */
  readonly fields: Readonly<Record<string, string>>
  /** Without time and level, for people. */
  readonly text: string
}

const levels: Readonly<Record<string, LogLevel>> = {
  trace: 'debug',
  trce: 'debug',
  debug: 'debug',
  dbug: 'debug',
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  eror: 'error',
  err: 'error',
  crit: 'error',
  fatal: 'error',
}

/** A time or a bracket before the level, and no more: further on the word is part of a message. */
const leadingLevel = /^(?:\S{1,40}\s+)?\[?([A-Za-z]{3,7})\]?:?\s+(?:\[[^\]\s]{1,40}\]\s+)?(\S.*)$/
const logfmtLevel = /(?:^|\s)(?:lvl|level)=([a-z]{3,7})(?=\s|$)/
/** geth leaves no room after its longest level. */
const gethError = /^([A-Z]{5})(?=\[\d\d-\d\d\|)/
/** kona-node's logfmt has its message without a name. */
const konaLogfmt = /^time="([^"]{1,40})" level=([A-Z]{4,5}) target=(\S{1,80}) /
const firstField = /\s+([A-Za-z_][\w.-]{0,60})=/
const fieldPairs = /(?:^|\s)([A-Za-z_][\w.-]{0,60})=("(?:[^"\\]|\\.)*"|\S*)/g

/**
 * Reads a line in one of the formats that the clients write: ours and geth's (`time LEVEL message name=value`), logfmt
 * (op-node), tracing's (kona-node, reth) and JSON. Null for anything without a level.
 */
export function readLogLine(raw: string): LogLine | null {
  const line = stripVTControlCharacters(raw)
    .trim()
    .replace(gethError, '$1 ')
    .replace(konaLogfmt, '$1 $2 $3: ')
  if (line.startsWith('{')) return readJson(line)
  const logfmt = logfmtLevel.exec(line)
  if (logfmt !== null && /^(?:t|ts|time|lvl|level)=/.test(line)) {
    const { msg = '', lvl, level, t, ts, time, ...fields } = readFields(line)
    return finish(levels[lvl ?? level ?? ''], msg, fields)
  }
  const leading = leadingLevel.exec(line)
  if (leading === null) return null
  const [, word = '', rest = ''] = leading
  const field = firstField.exec(rest)
  const message = (field === null ? rest : rest.slice(0, field.index)).trim()
  return finish(
    levels[word.toLowerCase()],
    message,
    field === null ? {} : readFields(rest.slice(field.index)),
    rest,
  )
}

function readJson(line: string): LogLine | null {
  const json = parseJson(line)
  if (typeof json !== 'object' || json === null) return null
  const { fields: inner, ...outer } = json as Record<string, unknown>
  const all: Record<string, unknown> = {
    ...outer,
    ...(typeof inner === 'object' && inner !== null ? inner : {}),
  }
  const { lvl, level = lvl, msg, message = msg, t, ts, time, timestamp, target, ...fields } = all
  return finish(
    levels[String(level).toLowerCase()],
    String(message ?? ''),
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
  )
}

function finish(
  level: LogLevel | undefined,
  message: string,
  fields: Readonly<Record<string, string>>,
  text?: string,
): LogLine | null {
  if (level === undefined) return null
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${value}`)
  return { level, message, fields, text: (text ?? `${message}${pairs.join('')}`).replaceAll(/\s+/g, ' ') }
}

function readFields(text: string): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const [, name, value] of text.matchAll(fieldPairs)) fields[name!] = unquote(value!)
  return fields
}

function unquote(value: string): string {
  if (!value.startsWith('"')) return value
  const text = parseJson(value)
  return typeof text === 'string' ? text : value.slice(1, -1)
}
