import { createHash, timingSafeEqual } from 'node:crypto'
import { near } from '../../node/config/flags-nearest.ts'
import type { RpcHandler } from '../../node/json-rpc/dispatch.ts'
import { JsonRpcError, rpcErrorCode } from '../../node/json-rpc/errors.ts'
import type { JsonRpcServer } from '../../node/json-rpc/http-server.ts'
import { startJsonRpcServer } from '../../node/json-rpc/http-server.ts'

export interface ControlServerOptions {
  /** As `controlHandlers` makes them. */
  readonly methods: ReadonlyMap<string, RpcHandler>
  /** Default: 127.0.0.1. */
  readonly host?: string
  /** 0 picks a free one. */
  readonly port: number
  /** Whoever has it may do anything to the devstack. */
  readonly token: string
}

/**
 * Serves the methods as JSON-RPC 2.0 over HTTP to whoever sends `Authorization: Bearer <token>`. Web pages
 * are refused, as at every other RPC.
 * @throws the listen error (EADDRINUSE and others), unchanged.
 */
export function startControlServer({
  methods,
  host = '127.0.0.1',
  port,
  token,
}: ControlServerOptions): Promise<JsonRpcServer> {
  const wanted = digest(`Bearer ${token}`)
  return startJsonRpcServer({
    ...{ host, port },
    methods: { get: (name) => methods.get(name) ?? unknownMethod(name, [...methods.keys()]) },
    requestBytesMax: 64 * 1024,
    batchMax: 16,
    authenticate: ({ headers }) =>
      timingSafeEqual(digest(headers.authorization ?? ''), wanted)
        ? null
        : 'expected Authorization: Bearer <token>; lockstep up prints where the token is',
  })
}

/** All begin with the same word, by which any two of them are alike. */
const shared = 'control_'

function unknownMethod(name: string, known: readonly string[]): RpcHandler {
  const stem = (one: string) => (one.startsWith(shared) ? one.slice(shared.length) : one)
  const guess = near(stem(name), known.map(stem))
  const meant = guess === null ? '' : `did you mean ${shared}${guess}? `
  return () => {
    throw new JsonRpcError(
      rpcErrorCode.methodNotFound,
      `there is no method ${JSON.stringify(name)}; ${meant}control_methods has all`,
    )
  }
}

/** Equally long, so that comparing takes equally long. */
const digest = (text: string) => createHash('sha256').update(text).digest()
