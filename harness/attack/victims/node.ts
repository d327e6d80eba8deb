import { readNodeSettings, runNodeSettings } from '../../../node/main.ts'
import { serveVictim } from './serve-victim.ts'

/** Where a node under attack is. */
export interface NodeInfo {
  readonly rpcUrl: string
}

const logger: Parameters<typeof runNodeSettings>[1] = {
  debug() {},
  info(message, fields) {
    if (message === 'node starts') serveVictim({ rpcUrl: String(fields?.['rpc']) } satisfies NodeInfo)
  },
  warn() {},
  error() {},
  child: () => logger,
  setLevel() {},
}

// The flags of `lockstep node`.
await runNodeSettings(readNodeSettings(process.argv.slice(2), {}), logger, new AbortController().signal)
