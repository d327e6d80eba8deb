import type { Address, Hash } from 'viem'
import { z } from 'zod'
import type { JsonRpcClient } from '../../json-rpc/client.ts'
import { parseAnswer, RpcAnswerError, rpcHash, rpcQuantity } from '../../json-rpc/schema.ts'
import type { L1Header, L1Receipt, L1Source, L1Transaction } from '../../ports/l1-source.ts'
import { createLruCache } from '../lru-cache.ts'
import { type RpcHeader, rpcHeader, toL1Header } from './l1-header.ts'
import { checkReceiptsRoot, checkTransactionsRoot, type RpcReceipt, rpcReceipt } from './l1-roots.ts'
import {
  type RpcSignedTransaction,
  type RpcUnknownTransaction,
  recoverSender,
  rpcSignedTransaction,
  rpcUnknownTransaction,
} from './rpc-transaction.ts'

export interface L1SourceOptions {
  readonly rpc: JsonRpcClient
  /** Accept headers without computing their hash, and lists without computing their root. Default false. */
  readonly trustRpc?: boolean
  /** Contracts whose logs are wanted; those of others are checked like them and then left out. Default: all. */
  readonly logsOf?: readonly Address[]
}

/**
 * Headers and receipts that are kept, by hash. An L2 block's origin may be a sequencing window old when its batch comes,
 * 3 600 L1 blocks on OP Mainnet, and what it needs of the origin was all read once already.
 */
const cacheBlocks = 4096
/** In characters of log data: the wanted logs of one block are a few kilobytes, unless somebody pays a lot for more. */
const cacheLogWeightMax = 64 * 1024 * 1024
/** Read once, or again when the step that read them could not be finished. */
const cacheTransactionsBlocks = 8

const fullBlock = rpcHeader.extend({
  transactions: z.array(z.union([rpcSignedTransaction, rpcUnknownTransaction])),
})

/** A header, and the roots that prove what came with its block. */
interface KnownHeader {
  readonly hash: Hash
  readonly header: L1Header
  readonly transactionsRoot: Hash
  readonly receiptsRoot: Hash
}

/**
 * The L1Source port on an execution client's JSON-RPC. Every answer is checked for shape, for being about the block
 * that was asked for, headers for their own hash, and transactions and receipts for the roots in it. What is cached is keyed by hash only: a number or a label can
 * mean another block a moment later.
 */
export function createL1Source(options: L1SourceOptions): L1Source {
  const { rpc } = options
  const verifyHash = options.trustRpc !== true
  const logsOf = options.logsOf && new Set(options.logsOf.map((address) => address.toLowerCase()))
  const headers = createLruCache<Hash, KnownHeader>(cacheBlocks)
  const transactions = createLruCache<Hash, readonly L1Transaction[]>(cacheTransactionsBlocks)
  const receipts = createLruCache<Hash, readonly L1Receipt[]>(cacheBlocks, {
    max: cacheLogWeightMax,
    of: logWeight,
  })

  function know(block: RpcHeader): KnownHeader {
    const { hash, transactionsRoot, receiptsRoot } = block
    const known = { hash, header: toL1Header(block, { verifyHash }), transactionsRoot, receiptsRoot }
    headers.set(hash, known)
    return known
  }

  async function ask(method: string, block: string, signal?: AbortSignal): Promise<KnownHeader | null> {
    const answer = await rpc.request(method, [block, false], signal)
    if (answer === null || answer === undefined) return null
    return know(parseAnswer(rpcHeader, answer, `L1 ${method} ${block}`))
  }

  async function knownByHash(hash: Hash, signal?: AbortSignal): Promise<KnownHeader | null> {
    const cached = headers.get(hash)
    if (cached !== undefined) return cached
    const found = await ask('eth_getBlockByHash', hash, signal)
    if (found !== null) expectBlock(hash, found.hash)
    return found
  }

  return {
    async chainId(signal) {
      return parseAnswer(rpcQuantity, await rpc.request('eth_chainId', [], signal), 'L1 eth_chainId')
    },
    headerByLabel: async (label, signal) =>
      (await ask('eth_getBlockByNumber', label, signal))?.header ?? null,
    async headerByNumber(number, signal) {
      const found = await ask('eth_getBlockByNumber', `0x${number.toString(16)}`, signal)
      if (found !== null && found.header.number !== number)
        throw new RpcAnswerError(`L1 block ${number}: the server answered block ${found.header.number}`)
      return found?.header ?? null
    },
    headerByHash: async (hash, signal) => (await knownByHash(hash, signal))?.header ?? null,
    async transactionsByHash(hash, signal) {
      const cached = transactions.get(hash)
      if (cached !== undefined) return cached
      const call = `L1 eth_getBlockByHash ${hash}`
      const answer = await rpc.request('eth_getBlockByHash', [hash, true], signal)
      if (answer === null || answer === undefined) return null
      const block = parseAnswer(fullBlock, answer, call)
      expectBlock(hash, block.hash)
      know(block)
      if (verifyHash) checkTransactionsRoot(block, block.transactions)
      const found = block.transactions.map(toL1Transaction)
      transactions.set(hash, found)
      return found
    },
    async receiptsByHash(hash, signal) {
      const cached = receipts.get(hash)
      if (cached !== undefined) return cached
      const block = await knownByHash(hash, signal)
      if (block === null) return null
      const answer = await rpc.request('eth_getBlockReceipts', [hash], signal)
      if (answer === null || answer === undefined) return null
      const list = parseAnswer(z.array(rpcReceipt), answer, `L1 eth_getBlockReceipts ${hash}`)
      for (const receipt of list) expectBlock(hash, receipt.blockHash)
      if (verifyHash) checkReceiptsRoot(block, list)
      const all = list.map(toL1Receipt)
      const found = logsOf === undefined ? all : all.flatMap((receipt) => withLogsOf(receipt, logsOf))
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

/** The root proves order and content, but not the places that the server names beside them. */
function toL1Receipt(receipt: RpcReceipt, index: number): L1Receipt {
  if (receipt.transactionIndex !== index)
    throw new RpcAnswerError(
      `L1 block ${receipt.blockHash}: expected the receipt of transaction ${index}, got ${receipt.transactionIndex}`,
    )
  return {
    transactionHash: receipt.transactionHash,
    status: receipt.status === 1n ? 'success' : 'reverted',
    logs: receipt.logs,
  }
}

/** The receipt with the logs of these contracts alone; nothing when it has none. */
function withLogsOf(receipt: L1Receipt, contracts: ReadonlySet<string>): L1Receipt[] {
  const logs = receipt.logs.filter((log) => contracts.has(log.address))
  return logs.length === 0 ? [] : [{ ...receipt, logs }]
}

function logWeight(receipts: readonly L1Receipt[]): number {
  let weight = 0
  for (const { logs } of receipts) for (const { data } of logs) weight += 500 + data.length
  return weight
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
