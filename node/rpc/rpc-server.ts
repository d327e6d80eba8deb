import type { LogLevel } from '../config/log-level.ts'
import type { RpcHandler } from '../json-rpc/dispatch.ts'
import { type JsonRpcServer, startJsonRpcServer } from '../json-rpc/http-server.ts'
import { method } from '../json-rpc/method.ts'
import { rpcModules } from '../json-rpc/rpc-modules.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { L2Source } from '../ports/l2-source.ts'
import type { PeerAdmin } from '../ports/peer-admin.ts'
import type { RollupNode } from '../rollup-node.ts'
import { adminApi } from './admin-api.ts'
import { healthApi, healthz } from './healthz.ts'
import { lockstepApi } from './lockstep-api.ts'
import { opp2pApi } from './opp2p-api.ts'
import { optimismApi } from './optimism-api.ts'

export interface RpcServerOptions {
  readonly node: RollupNode
  readonly l2: L2Source
  /** Null without p2p. */
  readonly peers: PeerAdmin | null
  readonly metrics: Pick<NodeMetrics, 'rpcCalls' | 'rpcServerSeconds'>
  readonly version: string
  /** `admin_setLogLevel`. */
  readonly setLogLevel: (level: LogLevel) => void
}

/** Every method that this node serves; a namespace that is off is not there at all, as in op-node. */
export function rpcMethods(options: RpcServerOptions): ReadonlyMap<string, RpcHandler> {
  const { node, peers } = options
  const methods = new Map([
    ...optimismApi(options),
    ...lockstepApi(node),
    ...healthApi(options.version),
    ...(peers === null ? [] : opp2pApi(peers)),
    ...(node.config.rpc.enableAdmin ? adminApi(options) : []),
  ])
  const modules = rpcModules(methods.keys())
  return methods.set(
    'rpc_modules',
    method([], () => modules),
  )
}

/**
 * Serves the node's RPC and GET `/healthz`.
 * @throws the listen error (EADDRINUSE and others), unchanged.
 */
export function startRpcServer(options: RpcServerOptions): Promise<JsonRpcServer> {
  const { host, port, access } = options.node.config.rpc
  return startJsonRpcServer({
    host,
    port,
    access,
    methods: rpcMethods(options),
    routes: new Map([['/healthz', () => healthz(options.version, options.node.failure)]]),
    onCall({ method, outcome, seconds }) {
      options.metrics.rpcCalls.inc({ method, outcome })
      if (seconds !== undefined) options.metrics.rpcServerSeconds.observe(seconds, { method })
    },
  })
}
