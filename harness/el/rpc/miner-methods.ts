import { method } from '../../../node/json-rpc/method.ts'
import type { RpcBackend, RpcMethods } from './backend.ts'
import { param } from './params.ts'

/**
 * What a batcher that falls behind asks of the engine that builds blocks: op-batcher takes an engine without it for a
 * mistake and ends. Source: op-geth, `MinerAPI.SetMaxDASize`; op-batcher/throttling.md.
 */
export function minerMethods({ daLimits }: Pick<RpcBackend, 'daLimits'>): RpcMethods {
  return {
    miner_setMaxDASize: method([param.quantity, param.quantity], (transactionMax, blockMax) => {
      daLimits.set(transactionMax, blockMax)
      return true
    }),
  }
}
