import { NodeError } from '../errors/node-error.ts'

/**
 * The operator's input cannot be used. `message` is one sentence that says what was expected and what was found; the
 * program prints it and exits with code 2 when it reads the command line, and with 1 when it had begun.
 */
export class ConfigError extends NodeError {
  override readonly name = 'ConfigError'
  override readonly code = 'config'
}
