import { ConfigError } from '../config/config-error.ts'

/**
 * Turns the error of a server that could not listen into a sentence for the operator; other errors stay as they are.
 */
export function listenError(
  error: unknown,
  server: { readonly what: string; readonly host: string; readonly port: number; readonly flag: string },
): unknown {
  const { what, host, port, flag } = server
  const code = findCode(error)
  const where = `${host}:${port}`
  switch (code) {
    case 'EADDRINUSE':
      return new ConfigError(
        `${what}: expected ${where} to be free, found it in use; choose another port with ${flag}`,
      )
    case 'EACCES':
      return new ConfigError(
        `${what}: expected the right to listen on ${where}, found permission denied (${flag})`,
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ConfigError(`${what}: expected ${host} to be an address of this machine, found ${code}`)
    default:
      return error
  }
}

/** libp2p wraps the socket's error, sometimes only in text. */
function findCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const code = (error as NodeJS.ErrnoException).code
  const inText = /\b(EADDRINUSE|EACCES|EADDRNOTAVAIL|ENOTFOUND)\b/.exec(
    `${String(code)} ${error.message}`,
  )?.[1]
  if (inText !== undefined) return inText
  const inner =
    error instanceof AggregateError ? error.errors : error.cause === undefined ? [] : [error.cause]
  for (const one of inner) {
    const found = findCode(one)
    if (found !== undefined) return found
  }
  return undefined
}
