import { NodeError } from '../errors/node-error.ts'

/**
 * The operator's input cannot be used. `message` is one sentence that says what was expected and what was found; the
 * program prints it and exits with code 1.
 */
export class ConfigError extends NodeError {
  override readonly name = 'ConfigError'
  override readonly code = 'config'
}
