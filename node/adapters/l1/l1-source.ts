import type { Address, Hash, Hex } from 'viem'
import { z } from 'zod'
import { createCallBudget } from '../../concurrency/call-budget.ts'
import { errorText } from '../../concurrency/error-text.ts'
import type { JsonRpcClient } from '../../json-rpc/client.ts'
import { parseAnswer, RpcAnswerError, rpcHash, rpcQuantity } from '../../json-rpc/schema.ts'
import type { Clock } from '../../ports/clock.ts'
import type {
  L1Header,
  L1Priority,
  L1Receipt,
  L1Source,
  L1Transaction,
  SharedL1,
} from '../../ports/l1-source.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { RecoverKey } from '../../ports/recover-key.ts'
import { hexToBytes } from '../../protocol/bytes.ts'
import { listOf } from '../../protocol/list-schema.ts'
import { bloomBits, mayHold } from '../../protocol/logs-bloom.ts'
import { emptyTrieRoot } from '../../protocol/ordered-trie-root.ts'
import { orAbsent } from '../absence.ts'
import { createLruCache } from '../lru-cache.ts'
import { withBudget } from './budgeted-rpc.ts'
import { headerHash, isProvenHeader, type RpcHeader, rpcHeader, toL1Header } from './l1-header.ts'
import { checkTransactionsRoot, type RpcReceipt, type RpcTransaction } from './l1-roots.ts'
import { blockTransactionsMax, createReceiptReader } from './read-receipts.ts'
import { rpcDeposit } from './rpc-deposit.ts'
import { recoverSender, rpcSignedTransaction, rpcUnknownTransaction } from './rpc-transaction.ts'
import { provenWord, rpcProof } from './state-proof.ts'

export interface L1SourceOptions {
  readonly rpc: JsonRpcClient
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Calls per second; null: as many as L1 serves without refusing. Default null. */
  readonly callsPerSecond?: number | null
  /** Calls in one message at most, where many are made at once. Default 20, as in op-node. */
  readonly batchCallsMax?: number
  /**
   * Accept headers whose fields do not give their hash, transactions without computing their root, and storage without a
   * proof. Receipts are always proven by the header's root. What was not proven is not remembered. Default false.
   */
  readonly trustRpc?: boolean
  /** Contracts whose logs are wanted; those of others are checked like them and then left out. Default: all. */
  readonly logsOf?: readonly Address[]
  /** What proves senders. Without it they cannot be read, which only deriving from calldata and blobs does. */
  readonly recoverKey?: RecoverKey | undefined
}

/**
 * Headers and receipts that are kept, by hash. An L2 block's origin may be a sequencing window old when its batch comes,
 * 3 600 L1 blocks on OP Mainnet, and what it needs of the origin was all read once already. Headers are about 1 KiB each.
 */
const cacheBlocks = 4096
/** In bytes. The wanted logs of one block are a few kilobytes, unless somebody pays a lot for more. */
const cacheReceiptBytes = 32 * 1024 * 1024
/** Read once, or again when the step that read them could not be finished. */
const cacheTransactionsBlocks = 8
const cacheTransactionBytes = 16 * 1024 * 1024

const fullBlock = rpcHeader.extend({
  transactions: listOf(
    z.union([rpcSignedTransaction, rpcDeposit, rpcUnknownTransaction]),
    blockTransactionsMax,
  ),
})

/** A header, and what it says of its block. */
interface KnownHeader {
  readonly hash: Hash
  readonly header: L1Header
  readonly receiptsRoot: Hash
  readonly stateRoot: Hash
  readonly isProven: boolean
  /** Proven: there is nothing to ask for. */
  readonly lacksTransactions: boolean
  readonly lacksLogs: boolean
}

/**
 * The L1Source port on an execution client's JSON-RPC. Every answer is checked for shape, for being about the block
 * that was asked for, headers for their own hash, and transactions and receipts for the roots in it. What is cached was
 * proven and is keyed by hash only: a number or a label can mean another block a moment later.
 *
 * All views share the caches and one budget of calls.
 */
export function createL1Source(options: L1SourceOptions): SharedL1 {
  const { clock, random, logger } = options
  const trustRpc = options.trustRpc === true
  const logsOf = options.logsOf && new Set(options.logsOf.map((address) => address.toLowerCase()))
  const bloomsOf = options.logsOf?.map(bloomBits)
  const headers = createLruCache<Hash, KnownHeader>(cacheBlocks)
  const transactions = createLruCache<Hash, readonly L1Transaction[]>(cacheTransactionsBlocks, {
    max: cacheTransactionBytes,
    of: transactionBytes,
  })
  const receipts = createLruCache<Hash, readonly L1Receipt[]>(cacheBlocks, {
    max: cacheReceiptBytes,
    of: receiptBytes,
  })
  const budget = createCallBudget({
    clock,
    random,
    limit: options.callsPerSecond ?? null,
    onLowered: (callsPerSecond) =>
      logger.warn('L1 refuses to be asked so often: asking less', {
        callsPerSecond: Number(callsPerSecond.toFixed(1)),
      }),
  })
  const readReceipts = createReceiptReader({
    clock,
    random,
    batchCallsMax: options.batchCallsMax ?? 20,
    onOneByOne: (why) =>
      logger.warn(
        'L1 does not serve eth_getBlockReceipts: reading each receipt by a call of its own, which costs more',
        {
          error: errorText(why),
        },
      ),
  })

  /** Of answers that a transport carried as values and nobody can change: they were read and proven once. */
  const frozen = new WeakMap<object, KnownHeader>()

  /** @throws RpcAnswerError when a field was changed, or the L1 has a fork that this node does not know. */
  function know(block: RpcHeader): KnownHeader {
    const { hash, receiptsRoot, stateRoot } = block
    const isProven = isProvenHeader(block)
    if (!isProven && !trustRpc)
      throw new RpcAnswerError(
        `L1 block ${block.number}: expected the hash ${hash}, its fields give ${headerHash(block)}; does this L1 have a fork that this node does not know? (--l1.trustrpc takes it as it is)`,
      )
    const isEmpty = isProven && block.transactionsRoot === emptyTrieRoot
    const known: KnownHeader = {
      hash,
      header: toL1Header(block),
      receiptsRoot,
      stateRoot,
      isProven,
      lacksTransactions: isEmpty,
      lacksLogs: isEmpty || (isProven && bloomsOf !== undefined && lacksAll(block.logsBloom, bloomsOf)),
    }
    if (isProven) headers.set(hash, known)
    return known
  }

  function view(rpc: JsonRpcClient): L1Source {
    async function ask(method: string, block: string, signal?: AbortSignal): Promise<KnownHeader | null> {
      const answer = await orAbsent(rpc.request(method, [block, false], signal))
      if (typeof answer !== 'object' || answer === null || !Object.isFrozen(answer))
        return answer === null ? null : know(parseAnswer(rpcHeader, answer, `L1 ${method} ${block}`))
      const before = frozen.get(answer)
      if (before !== undefined) return before
      const known = know(parseAnswer(rpcHeader, answer, `L1 ${method} ${block}`))
      frozen.set(answer, known)
      return known
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
        if (headers.get(hash)?.lacksTransactions) return []
        const answer = await orAbsent(rpc.request('eth_getBlockByHash', [hash, true], signal))
        if (answer === null) return null
        const block = parseAnswer(fullBlock, answer, `L1 eth_getBlockByHash ${hash}`)
        expectBlock(hash, block.hash)
        const { isProven } = know(block)
        const areProven = !trustRpc && checkTransactionsRoot(block, block.transactions)
        const found = block.transactions.map((tx) => toL1Transaction(tx, options.recoverKey))
        if (isProven && areProven) transactions.set(hash, found)
        return found
      },
      async receiptsByHash(hash, signal) {
        const cached = receipts.get(hash)
        if (cached !== undefined) return cached
        const block = await knownByHash(hash, signal)
        if (block?.lacksLogs) return []
        const list = block && (await readReceipts(rpc, block, signal))
        if (list === null) return null
        for (const receipt of list) expectBlock(hash, receipt.blockHash)
        const all = list.map(toL1Receipt)
        const found = logsOf === undefined ? all : all.flatMap((receipt) => withLogsOf(receipt, logsOf))
        if (block?.isProven) receipts.set(hash, found)
        return found
      },
      async storageAt(address: Address, slot: Hash, blockHash: Hash, signal?: AbortSignal) {
        // EIP-1898: by hash, so that a reorg between two calls cannot mix two states.
        const at = { blockHash }
        if (trustRpc) {
          const answer = await rpc.request('eth_getStorageAt', [address, slot, at], signal)
          return parseAnswer(rpcHash, answer, `L1 eth_getStorageAt ${address} ${slot}`)
        }
        const block = await knownByHash(blockHash, signal)
        if (block === null) throw new RpcAnswerError(`L1 block ${blockHash}: the server does not have it`)
        const answer = await rpc.request('eth_getProof', [address, [slot], at], signal)
        const proof = parseAnswer(rpcProof, answer, `L1 eth_getProof ${address} ${slot}`)
        return provenWord(proof, { stateRoot: block.stateRoot, address, slot })
      },
    }
  }

  const withPriority = (priority: L1Priority) => view(withBudget(options.rpc, { budget, clock, priority }))
  return { ...withPriority('next'), withPriority }
}

function expectBlock(expected: Hash, found: Hash): void {
  if (found !== expected) throw new RpcAnswerError(`L1 block ${expected}: the server answered block ${found}`)
}

/** True when the header's bloom rules out a log of any of these contracts, which it does for most blocks of a quiet L1. */
function lacksAll(logsBloom: Hex, contracts: readonly (readonly number[])[]): boolean {
  const bloom = hexToBytes(logsBloom)
  return !contracts.some((bits) => mayHold(bloom, bits))
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

/** About; hex text has a byte for each digit. */
function receiptBytes(receipts: readonly L1Receipt[]): number {
  let bytes = 100
  for (const { logs } of receipts) {
    bytes += 200
    for (const { data } of logs) bytes += 500 + data.length
  }
  return bytes
}

/** About: a transaction has some twenty short fields beside its input. */
function transactionBytes(transactions: readonly L1Transaction[]): number {
  return transactions.reduce((bytes, { input }) => bytes + 1_500 + input.length, 100)
}

/**
 * Recovering a sender is the costliest step of reading a block and matters for the few transactions that go to the
 * batch inbox, so it happens when `from` is first read.
 */
function toL1Transaction(tx: RpcTransaction, recoverKey: RecoverKey | undefined): L1Transaction {
  if (!('nonce' in tx)) return { type: tx.type, hash: tx.hash, from: tx.from, to: tx.to, input: tx.input }
  let sender: Address | undefined
  return {
    hash: tx.hash,
    type: tx.type,
    get from() {
      if (recoverKey === undefined) throw new Error('senders are read on an L1 source that cannot prove them')
      sender ??= recoverSender(tx, recoverKey)
      return sender
    },
    to: tx.to,
    input: tx.input,
    ...(tx.type === 3 ? { blobVersionedHashes: tx.blobVersionedHashes } : {}),
  }
}
