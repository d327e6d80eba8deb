import type { Turn } from '../../node/concurrency/turns.ts'
import type { RpcHandler } from '../../node/json-rpc/dispatch.ts'
import { type JsonRpcServer, startJsonRpcServer } from '../../node/json-rpc/http-server.ts'
import { listenError } from '../../node/json-rpc/listen-error.ts'
import type { Clock } from '../../node/ports/clock.ts'
import type { Logger } from '../../node/ports/logger.ts'
import type { ElNodeConfig, RpcListener } from './el-config.ts'
import { checkJwt } from './engine-api/jwt.ts'
import type { RpcBackend } from './rpc/backend.ts'
import { allMethods, inNamespaces } from './rpc/methods.ts'
import { createWebSocketEndpoint } from './rpc/websocket.ts'

export interface ElServersOptions {
  readonly config: Pick<ElNodeConfig, 'auth' | 'http' | 'jwtSecret'>
  readonly backend: RpcBackend
  readonly engineMethods: ReadonlyMap<string, RpcHandler>
  readonly turn: Turn
  readonly clock: Clock
  readonly logger: Logger
}

/** The two RPC ports; both speak HTTP and WebSocket. */
export interface ElServers {
  readonly authUrl: string
  readonly httpUrl: string
  close(): Promise<void>
}

/** An execution payload can be long: the Engine API takes more than the public port. */
const requestBytesMax = { auth: 128 * 1024 * 1024, http: 5 * 1024 * 1024 }
/** And gives more: the bodies of a thousand payloads are one answer. */
const authResponseLengthMax = 64 * 1024 * 1024

/**
 * Opens both ports. The authenticated one has the Engine API and everything that the public one has.
 * @throws ConfigError when a port cannot be had; nothing stays open then.
 */
export async function startElServers(options: ElServersOptions): Promise<ElServers> {
  const { config, backend, turn, clock, logger } = options
  const all = allMethods(backend)
  await using started = new AsyncDisposableStack()

  async function serve(server: {
    readonly what: string
    readonly flag: string
    readonly at: RpcListener
    readonly methods: ReadonlyMap<string, RpcHandler>
    readonly requestBytesMax: number
    readonly responseLengthMax?: number
    readonly authenticate?: Parameters<typeof startJsonRpcServer>[0]['authenticate']
  }): Promise<JsonRpcServer> {
    const common = {
      methods: server.methods,
      turn,
      requestBytesMax: server.requestBytesMax,
      ...(server.responseLengthMax === undefined ? {} : { responseLengthMax: server.responseLengthMax }),
      ...(server.authenticate === undefined ? {} : { authenticate: server.authenticate }),
    }
    const webSockets = createWebSocketEndpoint({ ...common, backend, logger })
    const running = await startJsonRpcServer({
      host: server.at.host,
      port: server.at.port,
      access: server.at.access,
      ...common,
      onUpgrade: webSockets.upgrade,
    }).catch((error: unknown) => {
      throw listenError(error, {
        what: server.what,
        host: server.at.host,
        port: server.at.port,
        flag: server.flag,
      })
    })
    started.defer(() => {
      webSockets.close()
      return running.close()
    })
    return running
  }

  const auth = await serve({
    what: 'Engine API',
    flag: '--authrpc.port',
    at: config.auth,
    methods: new Map([...all, ...options.engineMethods]),
    requestBytesMax: requestBytesMax.auth,
    responseLengthMax: authResponseLengthMax,
    authenticate: (request) => checkJwt(config.jwtSecret, clock.nowMs(), request),
  })
  const http = await serve({
    what: 'public RPC',
    flag: '--http.port',
    at: config.http,
    methods: inNamespaces(all, config.http.namespaces),
    requestBytesMax: requestBytesMax.http,
  })
  const running = started.move()
  return { authUrl: auth.url, httpUrl: http.url, close: () => running.disposeAsync() }
}
