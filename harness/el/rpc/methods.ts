import type { RpcHandler } from '../../../node/json-rpc/server.ts'
import { adminMethods } from './admin-methods.ts'
import type { RpcBackend } from './backend.ts'
import { debugMethods } from './debug-methods.ts'
import { ethBlockMethods } from './eth-block-methods.ts'
import { ethConfigMethods } from './eth-config.ts'
import { ethFeeMethods } from './eth-fee-methods.ts'
import { ethLogMethods } from './eth-log-methods.ts'
import { ethStateMethods } from './eth-state-methods.ts'
import { ethTransactionMethods } from './eth-transaction-methods.ts'
import { nodeMethods } from './node-methods.ts'
import { txpoolMethods } from './txpool-methods.ts'

/** Everything that both ports serve. */
export function publicMethods(backend: RpcBackend): ReadonlyMap<string, RpcHandler> {
  return new Map(
    Object.entries({
      ...ethBlockMethods(backend),
      ...ethTransactionMethods(backend),
      ...ethStateMethods(backend),
      ...ethFeeMethods(backend),
      ...ethLogMethods(backend),
      ...ethConfigMethods(backend),
      ...nodeMethods(backend),
      ...txpoolMethods(backend),
      ...adminMethods(backend),
      ...debugMethods(backend),
    }),
  )
}
