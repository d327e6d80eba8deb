import { method } from '../../../node/json-rpc/method.ts'
import { quantityToJson } from '../../../node/protocol/json-schema.ts'
import { LruMap } from '../execution/lru-map.ts'
import type { ExecutedBlock } from '../execution/types.ts'
import { blockOrNone, findBlock, type RpcBackend, type RpcMethods } from './backend.ts'
import { blockToJson, headerToJson } from './block-json.ts'
import { type BlockId, param } from './params.ts'
import { blockReceiptsToJson } from './receipt-json.ts'

/** The newest, safe and finalized block, each with its transactions and without. */
const shownMax = 6

/**
 * `eth_` methods that read blocks. An unknown block is `null`, as in every client; a label that is not set yet is an
 * error where the block or its header is asked for, and `null` everywhere else, as in op-geth.
 */
export function ethBlockMethods(backend: RpcBackend): RpcMethods {
  const { chain, config, sync } = backend
  const hashId = (hash: `0x${string}`): BlockId => ({ hash, requireCanonical: false })
  const orNull = <T>(block: ExecutedBlock | undefined, describe: (block: ExecutedBlock) => T): T | null =>
    block === undefined ? null : describe(block)

  const shown = new LruMap<string, Readonly<Record<string, unknown>>>(shownMax)
  /** Whoever polls for the newest blocks asks for the same ones again and again. */
  function show(found: ExecutedBlock, full: boolean): Readonly<Record<string, unknown>> {
    const key = `${found.hash} ${full}`
    const json = shown.get(key) ?? Object.freeze(blockToJson(found, full))
    shown.set(key, json)
    return json
  }
  const block = (id: BlockId, full: boolean) => orNull(findBlock(backend, id), (found) => show(found, full))
  const header = (id: BlockId) => orNull(findBlock(backend, id), headerToJson)
  const receipts = (id: BlockId) =>
    orNull(blockOrNone(backend, id), (found) => blockReceiptsToJson(config, found))
  const transactionCount = (id: BlockId) =>
    orNull(blockOrNone(backend, id), ({ transactions }) => quantityToJson(BigInt(transactions.length)))
  const uncleCount = (id: BlockId) => orNull(blockOrNone(backend, id), () => '0x0')

  return {
    eth_chainId: method([], () => quantityToJson(config.chainId)),
    eth_blockNumber: method([], () => quantityToJson(chain.head.header.number)),
    eth_syncing: method([], () => {
      const progress = sync.progress
      if (progress === null) return false
      return {
        startingBlock: quantityToJson(progress.startingBlock),
        currentBlock: quantityToJson(progress.currentBlock),
        highestBlock: quantityToJson(progress.highestBlock),
      }
    }),
    eth_getBlockByNumber: method([param.blockNumber, param.boolean], block),
    eth_getBlockByHash: method([param.hash, param.boolean], (hash, full) => block(hashId(hash), full)),
    eth_getHeaderByNumber: method([param.blockNumber], header),
    eth_getHeaderByHash: method([param.hash], (hash) => header(hashId(hash))),
    eth_getBlockReceipts: method([param.blockId], receipts),
    eth_getBlockTransactionCountByNumber: method([param.blockNumber], transactionCount),
    eth_getBlockTransactionCountByHash: method([param.hash], (hash) => transactionCount(hashId(hash))),
    eth_getUncleCountByBlockNumber: method([param.blockNumber], uncleCount),
    eth_getUncleCountByBlockHash: method([param.hash], (hash) => uncleCount(hashId(hash))),
    // There are no uncles after the merge.
    eth_getUncleByBlockNumberAndIndex: method([param.blockNumber, param.index], () => null),
    eth_getUncleByBlockHashAndIndex: method([param.hash, param.index], () => null),
  }
}
