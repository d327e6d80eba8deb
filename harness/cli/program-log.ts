import { createPinoLogger } from '../../node/adapters/logs/pino-logger.ts'
import type { Logger } from '../../node/ports/logger.ts'
import { oneOf } from './named-values.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const
const formats = ['text', 'json'] as const

/** Flags of a program whose log is read by people or machines. */
export const logArguments = {
  'log.format': { type: 'string', valueHint: 'FORMAT', default: 'text', description: 'text or json' },
} as const

/**
 * Reads those flags.
 * @param level from where on it tells; info where the program has no flag for it.
 * @throws UsageError.
 */
export function programLogger(args: { readonly 'log.format': string }, level = 'info'): Logger {
  return createPinoLogger({
    level: oneOf('log.level', level, levels),
    format: oneOf('log.format', args['log.format'], formats),
  })
}
