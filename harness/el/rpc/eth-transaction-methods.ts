import type { Address, Hash } from 'viem'
import { method } from '../../../node/json-rpc/method.ts'
import { quantityToJson } from '../../../node/protocol/json-schema.ts'
import { PoolError } from '../pool/pool-error.ts'
import { blockOrNone, type RpcBackend, type RpcMethods, serverError, stateAt } from './backend.ts'
import { type BlockId, param } from './params.ts'
import { transactionReceiptToJson } from './receipt-json.ts'
import { blockTransactionToJson, poolTransactionToJson } from './transaction-json.ts'

/** `eth_` methods about transactions. */
export function ethTransactionMethods(backend: RpcBackend): RpcMethods {
  const { chain, config, pool } = backend

  const byIndex = (id: BlockId, index: number) => {
    const block = blockOrNone(backend, id)
    return block?.transactions[index] === undefined ? null : blockTransactionToJson(block, index)
  }

  async function transactionCount(address: Address, id: BlockId): Promise<bigint> {
    const pending = 'tag' in id && id.tag === 'pending' ? pool.pendingNonce(address) : undefined
    return pending ?? stateAt(backend, id).nonce(address)
  }

  const raw = (hash: Hash) => {
    const found = chain.store.transaction(hash)
    return found?.block.transactions[found.index]?.raw ?? pool.get(hash)?.raw ?? null
  }
  const rawByIndex = (id: BlockId, index: number) =>
    blockOrNone(backend, id)?.transactions[index]?.raw ?? null
  const hashId = (hash: Hash): BlockId => ({ hash, requireCanonical: false })

  return {
    eth_sendRawTransaction: method([param.data], async (signed) => {
      try {
        return await pool.add(signed)
      } catch (error) {
        if (error instanceof PoolError) throw serverError(error.message)
        throw error
      }
    }),
    eth_getTransactionByHash: method([param.hash], (hash) => {
      const found = chain.store.transaction(hash)
      if (found !== undefined) return blockTransactionToJson(found.block, found.index)
      const waiting = pool.get(hash)
      return waiting === undefined ? null : poolTransactionToJson(waiting)
    }),
    eth_getRawTransactionByHash: method([param.hash], raw),
    debug_getRawTransaction: method([param.hash], raw),
    eth_getTransactionByBlockNumberAndIndex: method([param.blockNumber, param.index], byIndex),
    eth_getTransactionByBlockHashAndIndex: method([param.hash, param.index], (hash, index) =>
      byIndex(hashId(hash), index),
    ),
    eth_getRawTransactionByBlockNumberAndIndex: method([param.blockNumber, param.index], rawByIndex),
    eth_getRawTransactionByBlockHashAndIndex: method([param.hash, param.index], (hash, index) =>
      rawByIndex(hashId(hash), index),
    ),
    eth_getTransactionReceipt: method([param.hash], (hash) => {
      const found = chain.store.transaction(hash)
      return found === undefined ? null : transactionReceiptToJson(config, found.block, found.index)
    }),
    eth_getTransactionCount: method([param.address, param.blockId], async (address, id) =>
      quantityToJson(await transactionCount(address, id)),
    ),
  }
}
