import type { LogFields, Logger } from '../logger.ts'

/** One logged line. */
export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: LogFields
}

/** A logger for tests: prints nothing, keeps every line. */
export interface SilentLogger extends Logger {
  readonly lines: readonly LoggedLine[]
}

export function createSilentLogger(): SilentLogger {
  const lines: LoggedLine[] = []
  const write =
    (level: LoggedLine['level']) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ level, message, fields })
    }
  const logger: SilentLogger = {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  }
  return logger
}
