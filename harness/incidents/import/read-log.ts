import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { createGunzip } from 'node:zlib'
import type { LogLevel } from '../../events/log-line.ts'
import { readLogLine } from '../../events/log-line.ts'
import { lineReaders } from './lines/readers.ts'
import { createLogDating } from './log-dating.ts'
import { readLogTime } from './log-time.ts'
import type { Statement } from './statement.ts'

/** A statement with its time, and the line that it is of. */
export interface LoggedStatement {
  t: number
  readonly statement: Statement
}

export interface LoggedLine {
  t: number
  readonly level: LogLevel
  readonly message: string
}

/** What one log file tells. */
export interface ReadLog {
  readonly statements: readonly LoggedStatement[]
  /** Warnings, errors, and what is worth reading itself. */
  readonly lines: readonly LoggedLine[]
  readonly programs: readonly string[]
  readonly isEngine: boolean
  readonly count: number
  /** Lines without a time or a level, and the first of them. */
  readonly unreadable: number
  readonly unreadableSamples: readonly string[]
  /** How often each message came that tells nothing; of more than `kindsMax` kinds the rest is one. */
  readonly unknown: ReadonlyMap<string, number>
  /** The date that was taken for lines that say none. */
  readonly assumedDate: string | null
}

export interface ReadLogOptions {
  readonly node: string
  readonly path: string
  /** Date of the first line, as Unix time of its midnight. */
  readonly date: number | null
  /** What times without a zone are ahead of UTC. */
  readonly zoneMs: number
  /** More statements than this are refused. */
  readonly statementsMax: number
  /** Takes what is secret out of a line before it is cut: half a credential is none that can be seen. */
  readonly redact?: (text: string) => string
  readonly signal?: AbortSignal | undefined
}

/** A log that is too long, or is none. The message names the file. */
export class ImportError extends Error {
  override readonly name = 'ImportError'
}

const lineBytesMax = 64 * 1024
const samplesMax = 5
const kindsMax = 200
const messageMax = 1_000
/** What Compose, the journal and Kubernetes put before a line. */
const prefixes = [
  /^[\w.-]{1,80}\s*\|\s/,
  /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,80} [^\s:]{1,80}: /,
  /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z? (?:std(?:out|err) [FP] )?(?=[A-Z]{4,5}\s*\[|t=|time=|\{|\d{4}-)/,
]
/** In the text formats of tracing the target of a line stands before its message. */
const target = /^(?:[a-z_0-9]+(?:::[a-z_0-9]+)*: )+/

/**
 * Reads a log, gzip too, in one pass.
 * @throws ImportError.
 */
export async function readLog(options: ReadLogOptions): Promise<ReadLog> {
  const { node, path, statementsMax, redact = (text) => text } = options
  const readers = lineReaders.map((create) => create(node))
  const dating = createLogDating({ date: options.date, modifiedMs: (await fileOf(path)).mtimeMs })
  const statements: LoggedStatement[] = []
  const lines: LoggedLine[] = []
  const programs = new Map<string, 'consensus' | 'engine'>()
  const unknown = new Map<string, number>()
  const unreadableSamples: string[] = []
  let count = 0
  let unreadable = 0

  function take(raw: string): void {
    const written = withoutPrefix(raw)
    if (written.trim() === '') return
    count++
    const time = readLogTime(written, options.zoneMs)
    const read = readLogLine(written)
    if (time === null || read === null) {
      unreadable++
      if (unreadableSamples.length < samplesMax)
        unreadableSamples.push(redact(stripVTControlCharacters(raw)).slice(0, 160))
      return
    }
    const line = { ...read, message: read.message.replace(target, '') }
    const t = dating.place(time)
    let known = false
    let isWorthReading = line.level === 'warn' || line.level === 'error'
    for (const reader of readers) {
      const said = reader.read(line)
      if (said === null) continue
      known = true
      // A word of one message is no program.
      if (said.length > 0) programs.set(reader.program, reader.kind)
      for (const statement of said) {
        if (statement.kind === 'log') isWorthReading = true
        else statements.push({ t, statement })
      }
      break
    }
    if (isWorthReading) lines.push({ t, level: line.level, message: redact(line.text).slice(0, messageMax) })
    if (!known) countUnknown(unknown, wholeWords(line.message, 80))
    if (statements.length + lines.length > statementsMax)
      throw new ImportError(
        `${path}: expected at most ${statementsMax} lines that matter, found more: cut it to the hours around the incident`,
      )
  }

  for await (const line of linesOf(path, options.signal)) take(line)
  const { shiftMs } = dating
  for (const one of [...statements, ...lines]) one.t += shiftMs
  const kinds = [...programs.values()]
  return {
    ...{ statements, lines, programs: [...programs.keys()], count },
    isEngine: kinds.includes('engine') && !kinds.includes('consensus'),
    ...{ unreadable, unreadableSamples, unknown, assumedDate: dating.assumed },
  }
}

async function fileOf(path: string) {
  const file = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new ImportError(`${path}: expected a file, found ${error.code ?? error.message}`)
  })
  if (!file.isFile()) throw new ImportError(`${path}: expected a file, found something else`)
  return file
}

/** The lines of a file, the last one without its newline too; a line is cut at `lineBytesMax`. */
export async function* linesOf(path: string, signal?: AbortSignal): AsyncGenerator<string> {
  const file: Readable = createReadStream(path)
  const stream = path.endsWith('.gz') ? file.pipe(createGunzip()) : file
  file.on('error', (error) => stream.destroy(error))
  stream.setEncoding('utf8')
  let rest = ''
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      signal?.throwIfAborted()
      const parts = (rest + chunk).split('\n')
      rest = (parts.pop() ?? '').slice(0, lineBytesMax)
      for (const part of parts) yield part.slice(0, lineBytesMax).replace(/\r$/, '')
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw new ImportError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (rest !== '') yield rest
}

/** No part of a word: it may be a part of a credential. */
function wholeWords(text: string, max: number): string {
  return text.length <= max
    ? text
    : text
        .slice(0, max + 1)
        .replace(/\S*$/, '')
        .trimEnd() || '(one long word)'
}

function withoutPrefix(line: string): string {
  return prefixes.reduce((text, prefix) => text.replace(prefix, ''), stripVTControlCharacters(line))
}

function countUnknown(unknown: Map<string, number>, message: string): void {
  const kind = unknown.has(message) || unknown.size < kindsMax ? message : '(other messages)'
  unknown.set(kind, (unknown.get(kind) ?? 0) + 1)
}
