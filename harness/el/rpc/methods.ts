import type { RpcHandler } from '../../../node/json-rpc/dispatch.ts'
import { method } from '../../../node/json-rpc/method.ts'
import { rpcModules } from '../../../node/json-rpc/rpc-modules.ts'
import type { RpcNamespace } from '../el-config.ts'
import { adminMethods } from './admin-methods.ts'
import type { RpcBackend } from './backend.ts'
import { debugMethods } from './debug-methods.ts'
import { ethBlockMethods } from './eth-block-methods.ts'
import { ethConfigMethods } from './eth-config.ts'
import { ethFeeMethods } from './eth-fee-methods.ts'
import { ethFilterMethods } from './eth-filter-methods.ts'
import { ethLogMethods } from './eth-log-methods.ts'
import { ethStateMethods } from './eth-state-methods.ts'
import { ethTransactionMethods } from './eth-transaction-methods.ts'
import { minerMethods } from './miner-methods.ts'
import { nodeMethods } from './node-methods.ts'
import { txpoolMethods } from './txpool-methods.ts'

/** Everything beside the Engine API, under its full names. */
export function allMethods(backend: RpcBackend): ReadonlyMap<string, RpcHandler> {
  const methods = new Map<string, RpcHandler>(
    Object.entries({
      ...ethBlockMethods(backend),
      ...ethTransactionMethods(backend),
      ...ethStateMethods(backend),
      ...ethFeeMethods(backend),
      ...ethLogMethods(backend),
      ...ethFilterMethods(backend),
      ...ethConfigMethods(backend),
      ...nodeMethods(backend),
      ...txpoolMethods(backend),
      ...adminMethods(backend),
      ...minerMethods(backend),
      ...debugMethods(backend),
    }),
  )
  return withModules(methods)
}

/** The methods of some namespaces. */
export function inNamespaces(
  methods: ReadonlyMap<string, RpcHandler>,
  namespaces: readonly RpcNamespace[],
): ReadonlyMap<string, RpcHandler> {
  const offered: readonly string[] = namespaces
  return withModules(
    new Map([...methods].filter(([name]) => offered.includes(name.split('_', 1)[0] as string))),
  )
}

function withModules(methods: Map<string, RpcHandler>): ReadonlyMap<string, RpcHandler> {
  const modules = rpcModules(methods.keys())
  return methods.set(
    'rpc_modules',
    method([], () => modules),
  )
}
