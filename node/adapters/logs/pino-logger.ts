import { type DestinationStream, destination, type LoggerOptions, type Logger as Pino, pino } from 'pino'
import type { LogLevel } from '../../config/log-level.ts'
import type { LogFields, Logger } from '../../ports/logger.ts'
import { formatLogText } from './log-text.ts'
import { toLogFields } from './log-values.ts'

export interface PinoLoggerOptions {
  readonly level: LogLevel
  /** `json`: one object per line, for machines. `text`: for people. */
  readonly format: 'json' | 'text'
  /** Where lines go; stderr when absent. */
  readonly write?: (line: string) => void
  /** Colours in the text format. Default: when stderr is a terminal and NO_COLOR is not set. */
  readonly colour?: boolean
}

export interface LeveledLogger extends Logger {
  /** From the next line on, for this logger and all its children. */
  setLevel(level: LogLevel): void
}

const severity: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/**
 * The Logger port on pino. Lines are written synchronously, so that the last words of a dying process are not lost.
 */
export function createPinoLogger(options: PinoLoggerOptions): LeveledLogger {
  // Pino's children keep the level that they were made with: one threshold for all of them stands here.
  const threshold = { level: options.level }
  const settings: LoggerOptions = {
    level: 'debug',
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (level) => ({ level }) },
  }
  return {
    ...wrap(pino(settings, stream(options)), threshold),
    setLevel(level) {
      threshold.level = level
    },
  }
}

function stream(options: PinoLoggerOptions): DestinationStream {
  const write = options.write ?? stderrWriter()
  if (options.format === 'json') return { write }
  const colour = options.colour ?? (process.stderr.isTTY === true && process.env['NO_COLOR'] === undefined)
  return {
    write: (line) => write(`${formatLogText(JSON.parse(line) as Record<string, unknown>, colour)}\n`),
  }
}

function stderrWriter(): (line: string) => void {
  const stderr = destination({ fd: 2, sync: true })
  // A reader that went away (`lockstep node 2>&1 | head`) must not end the node.
  stderr.on('error', () => {})
  return (line) => {
    stderr.write(line)
  }
}

function wrap(logger: Pino, threshold: { readonly level: LogLevel }): Logger {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    // Rendering costs more than the check, and debug lines are many.
    if (severity[level] < severity[threshold.level]) return
    if (fields === undefined) logger[level](message)
    else logger[level](toLogFields(fields), message)
  }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(logger.child(toLogFields(fields)), threshold),
  }
}
