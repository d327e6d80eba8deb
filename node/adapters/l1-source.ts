import type { Address, Hash } from 'viem'
import { z } from 'zod'
import type { L1Header, L1Log, L1Receipt, L1Source, L1Transaction } from '../ports/l1-source.ts'
import type { JsonRpcClient } from './json-rpc-client.ts'
import { rpcHeader, toL1Header } from './l1-header.ts'
import { createLruCache } from './lru-cache.ts'
import {
  parseAnswer,
  RpcAnswerError,
  rpcAddress,
  rpcBytes,
  rpcHash,
  rpcIndex,
  rpcQuantity,
} from './rpc-schema.ts'
import {
  type RpcSignedTransaction,
  type RpcUnknownTransaction,
  recoverSender,
  rpcSignedTransaction,
  rpcUnknownTransaction,
} from './rpc-transaction.ts'

export interface L1SourceOptions {
  readonly rpc: JsonRpcClient
  /** Accept headers without computing their hash. Default false. */
  readonly trustRpc?: boolean
  /** Blocks kept by hash. Default 512 headers; the heavier transactions and receipts keep an eighth of it. */
  readonly cacheBlocks?: number
}

const fullBlock = rpcHeader.extend({
  transactions: z.array(z.union([rpcSignedTransaction, rpcUnknownTransaction])),
})

const rpcLog = z.object({
  address: rpcAddress,
  topics: z.array(rpcHash).max(4),
  data: rpcBytes,
  logIndex: rpcIndex,
  blockHash: rpcHash.nullish(),
})

const rpcReceipt = z.object({
  transactionHash: rpcHash,
  transactionIndex: rpcIndex,
  blockHash: rpcHash,
  status: rpcIndex,
  logs: z.array(rpcLog),
})

/**
 * The L1Source port on an execution client's JSON-RPC. Every answer is checked for shape, for being about the block
 * that was asked for, and headers for their own hash. What is cached is keyed by hash only: a number or a label can
 * mean another block a moment later.
 */
export function createL1Source(options: L1SourceOptions): L1Source {
  const { rpc } = options
  const verifyHash = options.trustRpc !== true
  const cacheBlocks = options.cacheBlocks ?? 512
  const headers = createLruCache<Hash, L1Header>(cacheBlocks)
  const transactions = createLruCache<Hash, readonly L1Transaction[]>(Math.ceil(cacheBlocks / 8))
  const receipts = createLruCache<Hash, readonly L1Receipt[]>(Math.ceil(cacheBlocks / 8))

  async function header(method: string, block: string, signal?: AbortSignal): Promise<L1Header | null> {
    const answer = await rpc.request(method, [block, false], signal)
    if (answer === null || answer === undefined) return null
    const found = toL1Header(parseAnswer(rpcHeader, answer, `L1 ${method} ${block}`), { verifyHash })
    headers.set(found.hash, found)
    return found
  }

  return {
    async chainId(signal) {
      return parseAnswer(rpcQuantity, await rpc.request('eth_chainId', [], signal), 'L1 eth_chainId')
    },
    headerByLabel: (label, signal) => header('eth_getBlockByNumber', label, signal),
    async headerByNumber(number, signal) {
      const found = await header('eth_getBlockByNumber', `0x${number.toString(16)}`, signal)
      if (found !== null && found.number !== number)
        throw new RpcAnswerError(`L1 block ${number}: the server answered block ${found.number}`)
      return found
    },
    async headerByHash(hash, signal) {
      const cached = headers.get(hash)
      if (cached !== undefined) return cached
      const found = await header('eth_getBlockByHash', hash, signal)
      if (found !== null) expectBlock(hash, found.hash)
      return found
    },
    async transactionsByHash(hash, signal) {
      const cached = transactions.get(hash)
      if (cached !== undefined) return cached
      const call = `L1 eth_getBlockByHash ${hash}`
      const answer = await rpc.request('eth_getBlockByHash', [hash, true], signal)
      if (answer === null || answer === undefined) return null
      const block = parseAnswer(fullBlock, answer, call)
      expectBlock(hash, block.hash)
      headers.set(hash, toL1Header(block, { verifyHash }))
      const found = block.transactions.map(toL1Transaction)
      transactions.set(hash, found)
      return found
    },
    async receiptsByHash(hash, signal) {
      const cached = receipts.get(hash)
      if (cached !== undefined) return cached
      const answer = await rpc.request('eth_getBlockReceipts', [hash], signal)
      if (answer === null || answer === undefined) return null
      const list = parseAnswer(z.array(rpcReceipt), answer, `L1 eth_getBlockReceipts ${hash}`)
      const found = list.map((receipt, index): L1Receipt => {
        expectBlock(hash, receipt.blockHash)
        if (receipt.transactionIndex !== index)
          throw new RpcAnswerError(
            `L1 block ${hash}: expected the receipt of transaction ${index}, got ${receipt.transactionIndex}`,
          )
        return {
          transactionHash: receipt.transactionHash,
          status: receipt.status === 1 ? 'success' : 'reverted',
          logs: receipt.logs.map(
            ({ address, topics, data, logIndex }): L1Log => ({ address, topics, data, logIndex }),
          ),
        }
      })
      receipts.set(hash, found)
      return found
    },
    async storageAt(address: Address, slot: Hash, blockHash: Hash, signal?: AbortSignal) {
      // EIP-1898: by hash, so that a reorg between two calls cannot mix two states.
      const answer = await rpc.request('eth_getStorageAt', [address, slot, { blockHash }], signal)
      return parseAnswer(rpcHash, answer, `L1 eth_getStorageAt ${address} ${slot}`)
    },
  }
}

function expectBlock(expected: Hash, found: Hash): void {
  if (found !== expected) throw new RpcAnswerError(`L1 block ${expected}: the server answered block ${found}`)
}

/**
 * Recovering a sender is the costliest step of reading a block and matters for the few transactions that go to the
 * batch inbox, so it happens when `from` is first read.
 */
function toL1Transaction(tx: RpcSignedTransaction | RpcUnknownTransaction): L1Transaction {
  if (!('nonce' in tx)) return tx
  let sender: Address | undefined
  return {
    hash: tx.hash,
    type: tx.type,
    get from() {
      sender ??= recoverSender(tx)
      return sender
    },
    to: tx.to,
    input: tx.input,
    ...(tx.type === 3 ? { blobVersionedHashes: tx.blobVersionedHashes } : {}),
  }
}
