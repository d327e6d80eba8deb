import { readSecretFile } from '../../node/adapters/files/secret-files.ts'
import type { RpcHandler } from '../../node/json-rpc/dispatch.ts'
import type { Logger } from '../../node/ports/logger.ts'
import { startControlServer } from '../control/control-server.ts'
import { wholeNumber } from './named-values.ts'
import { asUsage, type Running } from './program.ts'

/** Flags of a program that can be driven from outside. */
export const controlArguments = {
  'control.port': {
    type: 'string',
    valueHint: 'PORT',
    default: '9600',
    description: 'Port of the control API (docs/control.md); 0 picks a free one',
  },
  'control.token-file': {
    type: 'string',
    valueHint: 'FILE',
    description:
      'What its callers must know: 32 bytes as hex digits, in a file. Without it nothing is served',
  },
} as const

/**
 * Reads those flags.
 * @returns what serves the methods, or does nothing where no token was given.
 * @throws UsageError.
 */
export function readControl(
  args: { readonly 'control.port': string; readonly 'control.token-file'?: string | undefined },
  logger: Logger,
): (host: string, methods: ReadonlyMap<string, RpcHandler>) => Promise<Running> {
  const port = wholeNumber('control.port', args['control.port'], 65_535, 0)
  const path = args['control.token-file']
  if (path === undefined || path === '') return async () => ({ close: async () => {} })
  const secret = asUsage(() =>
    readSecretFile(path, 'token (--control.token-file)', (file) =>
      logger.warn('every user of this machine can read the secret: expected mode 0600', { path: file }),
    ),
  )
  const token = Buffer.from(secret).toString('hex')
  return async (host, methods) => {
    const server = await startControlServer({ host, port, methods, token })
    logger.info('control API', { url: server.url })
    return server
  }
}
