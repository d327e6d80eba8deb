import type { Address } from 'viem'
import { JsonRpcError, rpcErrorCode } from '../../../node/json-rpc/errors.ts'
import { quantityToJson } from '../../../node/protocol/json-schema.ts'
import { PoolError } from '../pool/pool-error.ts'
import { findBlock, type RpcBackend, type RpcMethods, stateAt } from './backend.ts'
import { type BlockId, param, readParams } from './params.ts'
import { transactionReceiptToJson } from './receipt-json.ts'
import { blockTransactionToJson, poolTransactionToJson } from './transaction-json.ts'

/** `eth_` methods about transactions. */
export function ethTransactionMethods(backend: RpcBackend): RpcMethods {
  const { chain, config, pool } = backend

  const byIndex = (id: BlockId, index: number) => {
    const block = findBlock(backend, id)
    return block?.transactions[index] === undefined ? null : blockTransactionToJson(block, index)
  }

  async function transactionCount(address: Address, id: BlockId): Promise<bigint> {
    const pending = 'tag' in id && id.tag === 'pending' ? pool.pendingNonce(address) : undefined
    return pending ?? stateAt(backend, id).nonce(address)
  }

  return {
    eth_sendRawTransaction: async (params) => {
      const [raw] = readParams(params, param.data)
      try {
        return await pool.add(raw)
      } catch (error) {
        if (error instanceof PoolError) throw new JsonRpcError(rpcErrorCode.server, error.message)
        throw error
      }
    },
    eth_getTransactionByHash: (params) => {
      const [hash] = readParams(params, param.hash)
      const found = chain.store.transaction(hash)
      if (found !== undefined) return blockTransactionToJson(found.block, found.index)
      const waiting = pool.get(hash)
      return waiting === undefined ? null : poolTransactionToJson(waiting)
    },
    eth_getRawTransactionByHash: (params) => {
      const [hash] = readParams(params, param.hash)
      const found = chain.store.transaction(hash)
      return found?.block.transactions[found.index]?.raw ?? pool.get(hash)?.raw ?? null
    },
    eth_getTransactionByBlockNumberAndIndex: (params) =>
      byIndex(...readParams(params, param.blockId, param.index)),
    eth_getTransactionByBlockHashAndIndex: (params) => {
      const [hash, index] = readParams(params, param.hash, param.index)
      return byIndex({ hash, requireCanonical: false }, index)
    },
    eth_getTransactionReceipt: (params) => {
      const [hash] = readParams(params, param.hash)
      const found = chain.store.transaction(hash)
      return found === undefined ? null : transactionReceiptToJson(config, found.block, found.index)
    },
    eth_getTransactionCount: async (params) =>
      quantityToJson(await transactionCount(...readParams(params, param.address, param.blockId))),
  }
}
