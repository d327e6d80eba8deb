export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Op-node's names and abbreviations (op-service/log), in any case; null for anything else. */
export function logLevelFromText(text: string): LogLevel | null {
  switch (text.toLowerCase()) {
    case 'trace':
    case 'trce':
    case 'debug':
    case 'dbug':
      return 'debug'
    case 'info':
      return 'info'
    case 'warn':
      return 'warn'
    case 'error':
    case 'eror':
    case 'crit':
      return 'error'
    default:
      return null
  }
}
