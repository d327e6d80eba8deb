import { quantityToJson } from '../../../node/protocol/json-schema.ts'
import { findBlock, type RpcBackend, type RpcMethods } from './backend.ts'
import { blockToJson, headerToJson } from './block-json.ts'
import { type BlockId, param, readParams } from './params.ts'
import { blockReceiptsToJson } from './receipt-json.ts'

/** `eth_` methods that read blocks. An unknown block is `null`, as in every client. */
export function ethBlockMethods(backend: RpcBackend): RpcMethods {
  const { chain, config, sync } = backend
  const hashId = (hash: `0x${string}`): BlockId => ({ hash, requireCanonical: false })
  const block = (id: BlockId, full: boolean) => {
    const found = findBlock(backend, id)
    return found === undefined ? null : blockToJson(found, full)
  }
  const header = (id: BlockId) => {
    const found = findBlock(backend, id)
    return found === undefined ? null : headerToJson(found)
  }
  const transactionCount = (id: BlockId) => {
    const found = findBlock(backend, id)
    return found === undefined ? null : quantityToJson(BigInt(found.transactions.length))
  }
  const uncleCount = (id: BlockId) => (findBlock(backend, id) === undefined ? null : '0x0')

  return {
    eth_chainId: () => quantityToJson(config.chainId),
    eth_blockNumber: () => quantityToJson(chain.head.header.number),
    eth_syncing: () => {
      const progress = sync.progress
      if (progress === null) return false
      return {
        startingBlock: quantityToJson(progress.startingBlock),
        currentBlock: quantityToJson(progress.currentBlock),
        highestBlock: quantityToJson(progress.highestBlock),
      }
    },
    eth_getBlockByNumber: (params) => block(...readParams(params, param.blockId, param.boolean)),
    eth_getBlockByHash: (params) => {
      const [hash, full] = readParams(params, param.hash, param.boolean)
      return block(hashId(hash), full)
    },
    eth_getHeaderByNumber: (params) => header(...readParams(params, param.blockId)),
    eth_getHeaderByHash: (params) => header(hashId(...readParams(params, param.hash))),
    eth_getBlockReceipts: (params) => {
      const [id] = readParams(params, param.blockId)
      const found = findBlock(backend, id)
      return found === undefined ? null : blockReceiptsToJson(config, found)
    },
    eth_getBlockTransactionCountByNumber: (params) => transactionCount(...readParams(params, param.blockId)),
    eth_getBlockTransactionCountByHash: (params) =>
      transactionCount(hashId(...readParams(params, param.hash))),
    eth_getUncleCountByBlockNumber: (params) => uncleCount(...readParams(params, param.blockId)),
    eth_getUncleCountByBlockHash: (params) => uncleCount(hashId(...readParams(params, param.hash))),
  }
}
