import type { Hash } from 'viem'
import { z } from 'zod'
import { retryCall } from '../../concurrency/retry-call.ts'
import type { JsonRpcClient } from '../../json-rpc/client.ts'
import { JsonRpcError, JsonRpcTransportError } from '../../json-rpc/errors.ts'
import { parseAnswer, rpcHash } from '../../json-rpc/schema.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { listOf } from '../../protocol/list-schema.ts'
import { isAbsence, orAbsent } from '../absence.ts'
import { checkReceiptsRoot, type RpcReceipt, rpcReceipt } from './l1-roots.ts'

/** More transactions than a block can pay for. */
export const blockTransactionsMax = 65_536
/** A block of 300 transactions is 300 calls: one that fails is made again, not all of them. */
const retries = { attemptsMax: 4, backOff: { firstMs: 200, maxMs: 2_000 } }

const blockReceipts = listOf(rpcReceipt, blockTransactionsMax)
const blockHashes = z.object({ transactions: listOf(rpcHash, blockTransactionsMax) })

export interface ReceiptReaderOptions {
  readonly clock: Clock
  readonly random: Random
  /** Receipts that are asked for in one message when each is a call of its own. */
  readonly batchCallsMax: number
  /** Called once, when it has turned out that L1 gives receipts one by one alone. */
  readonly onOneByOne: (why: unknown) => void
}

/**
 * Reads the receipts of whole blocks, and proves them by the receipts root of the header. Some providers do not have
 * `eth_getBlockReceipts`, each with other words for it; what they say is believed when they give the same receipts one
 * by one, and remembered then.
 * @returns null when L1 does not have the block, or not on its chain.
 */
export function createReceiptReader({ clock, random, batchCallsMax, onOneByOne }: ReceiptReaderOptions) {
  let oneByOne = false

  async function ofBlock(rpc: JsonRpcClient, hash: Hash, signal?: AbortSignal): Promise<RpcReceipt[] | null> {
    const answer = await orAbsent(rpc.request('eth_getBlockReceipts', [hash], signal))
    return answer === null ? null : parseAnswer(blockReceipts, answer, `L1 eth_getBlockReceipts ${hash}`)
  }

  /** By hash of the transaction; null where L1 has none. */
  async function receiptsOf(rpc: JsonRpcClient, hashes: readonly Hash[], signal?: AbortSignal) {
    const answers = new Map<Hash, unknown>()
    const askForRest = async () => {
      const rest = hashes.filter((hash) => !answers.has(hash))
      const calls = rest.map((hash) => ({ method: 'eth_getTransactionReceipt', params: [hash] }))
      const failures: unknown[] = []
      for (const [index, outcome] of (await rpc.requestAll(calls, signal)).entries())
        if (outcome.status === 'fulfilled') answers.set(rest[index]!, outcome.value ?? null)
        else if (isAbsence(outcome.reason)) answers.set(rest[index]!, null)
        else failures.push(outcome.reason)
      if (failures.length > 0) throw failures[0]
    }
    await retryCall(askForRest, { ...retries, clock, random, signal })
    return answers
  }

  async function eachOf(rpc: JsonRpcClient, block: Hash, signal?: AbortSignal): Promise<RpcReceipt[] | null> {
    const askForBlock = () => orAbsent(rpc.request('eth_getBlockByHash', [block, false], signal))
    const answer = await retryCall(askForBlock, { ...retries, clock, random, signal })
    if (answer === null) return null
    const { transactions } = parseAnswer(blockHashes, answer, `L1 eth_getBlockByHash ${block}`)
    const receipts: RpcReceipt[] = []
    while (receipts.length < transactions.length) {
      const hashes = transactions.slice(receipts.length, receipts.length + batchCallsMax)
      const answers = await receiptsOf(rpc, hashes, signal)
      for (const hash of hashes) {
        const one = answers.get(hash)
        if (one === null) return null
        const receipt = parseAnswer(rpcReceipt, one, `L1 eth_getTransactionReceipt ${hash}`)
        // The transaction is in another block of the chain: the one that was asked for is an orphan.
        if (receipt.blockHash !== block) return null
        receipts.push(receipt)
      }
    }
    return receipts
  }

  return async function readReceipts(
    rpc: JsonRpcClient,
    block: { readonly hash: Hash; readonly receiptsRoot: Hash },
    signal?: AbortSignal,
  ): Promise<readonly RpcReceipt[] | null> {
    const proven = (receipts: RpcReceipt[] | null) => {
      if (receipts !== null) checkReceiptsRoot(block, receipts)
      return receipts
    }
    if (oneByOne) return proven(await eachOf(rpc, block.hash, signal))
    try {
      return proven(await ofBlock(rpc, block.hash, signal))
    } catch (error) {
      if (!isMethodMissing(error)) throw error
      const receipts = proven(await eachOf(rpc, block.hash, signal))
      if (receipts === null || receipts.length === 0 || oneByOne) return receipts
      oneByOne = true
      onOneByOne(error)
      return receipts
    }
  }
}

/** −32600 to −32602: invalid request, method not found, invalid params; a method may also not be served with a hash. */
const missingCodes: ReadonlySet<number> = new Set([-32600, -32601, -32602, -32004])
const missingText =
  /unsupported method|unknown method|method not (?:found|supported|allowed)|(?:is )?not (?:available|supported|whitelisted|enabled)|does not exist/i
/** As proxies have them: forbidden, not found, method not allowed, not implemented. */
const missingStatuses: ReadonlySet<number> = new Set([403, 404, 405, 501])

/** True when the error may mean that the server does not have the method at all. */
function isMethodMissing(error: unknown): boolean {
  if (error instanceof JsonRpcTransportError)
    return error.status !== undefined && missingStatuses.has(error.status)
  return error instanceof JsonRpcError && (missingCodes.has(error.code) || missingText.test(error.message))
}
