import { toLogFields } from '../../../node/adapters/logs/log-values.ts'
import type { LogFields, Logger } from '../../../node/ports/logger.ts'
import type { Fact } from '../../events/event.ts'
import type { LogLevel, LogLine } from '../../events/log-line.ts'
import type { EventStream } from '../../events/stream.ts'

const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** A component's log as events: lines of that level and above, and what each line tells beyond itself. */
export function createEventLogger(options: {
  readonly component: string
  readonly events: EventStream
  readonly level: LogLevel
  readonly factsOf?: (line: LogLine) => readonly Fact[]
}): Logger {
  const { component, events, factsOf } = options
  const least = order.indexOf(options.level)
  const write = (level: LogLevel, message: string, given: LogFields): void => {
    const facts = factsOf !== undefined && level !== 'debug'
    if (!facts && order.indexOf(level) < least) return
    const fields = Object.fromEntries(
      Object.entries(toLogFields(given)).flatMap(([name, value]) =>
        value === undefined
          ? []
          : [[name, typeof value === 'string' ? value : (JSON.stringify(value) ?? '')]],
      ),
    )
    const text = [message, ...Object.entries(fields).map(([name, value]) => `${name}=${value}`)].join(' ')
    for (const fact of factsOf?.({ level, message, fields, text }) ?? []) events.record(fact)
    if (order.indexOf(level) >= least) events.record({ kind: 'log', component, level, message: text })
  }
  const loggerWith = (base: LogFields): Logger => ({
    debug: (message, fields) => write('debug', message, { ...base, ...fields }),
    info: (message, fields) => write('info', message, { ...base, ...fields }),
    warn: (message, fields) => write('warn', message, { ...base, ...fields }),
    error: (message, fields) => write('error', message, { ...base, ...fields }),
    child: (fields) => loggerWith({ ...base, ...fields }),
  })
  return loggerWith({})
}
