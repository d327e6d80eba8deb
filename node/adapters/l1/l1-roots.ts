import type { Hash } from 'viem'
import { z } from 'zod'
import {
  RpcAnswerError,
  rpcAddress,
  rpcBytes,
  rpcHash,
  rpcIndex,
  rpcQuantity,
} from '../../json-rpc/schema.ts'
import { hexToBytes } from '../../protocol/bytes.ts'
import { orderedTrieRoot } from '../../protocol/ordered-trie-root.ts'
import { rlpDigits } from '../../protocol/rlp-writer.ts'
import {
  type RpcSignedTransaction,
  type RpcUnknownTransaction,
  rpcTransactionBytes,
  typeDigits,
} from './rpc-transaction.ts'

const rpcLog = z.object({
  address: rpcAddress,
  topics: z.array(rpcHash).max(4),
  data: rpcBytes,
  logIndex: rpcIndex,
})

/** A receipt as `eth_getBlockReceipts` gives it: every field that the receipts root covers. Byzantium and later. */
export const rpcReceipt = z.object({
  type: rpcIndex.refine((type) => type < 0x80, 'expected a type below 0x80').default(0),
  transactionHash: rpcHash,
  transactionIndex: rpcIndex,
  blockHash: rpcHash,
  status: rpcQuantity,
  cumulativeGasUsed: rpcQuantity,
  logsBloom: rpcBytes,
  logs: z.array(rpcLog),
})

export type RpcReceipt = z.output<typeof rpcReceipt>

/**
 * Proves that these are the block's transactions. A block that holds a type of transaction that came after this node
 * cannot be proven and is taken as it is.
 * @throws RpcAnswerError
 */
export function checkTransactionsRoot(
  block: { readonly hash: Hash; readonly transactionsRoot: Hash },
  transactions: readonly (RpcSignedTransaction | RpcUnknownTransaction)[],
): void {
  const encoded: Uint8Array[] = []
  for (const tx of transactions) {
    if (!('nonce' in tx)) return
    encoded.push(rpcTransactionBytes(tx))
  }
  check(block.hash, 'transactions', block.transactionsRoot, orderedTrieRoot(encoded))
}

/**
 * Proves that these are the block's receipts.
 * @throws RpcAnswerError
 */
export function checkReceiptsRoot(
  block: { readonly hash: Hash; readonly receiptsRoot: Hash },
  receipts: readonly RpcReceipt[],
): void {
  check(block.hash, 'receipts', block.receiptsRoot, orderedTrieRoot(receipts.map(encodeReceipt)))
}

/** EIP-2718 and EIP-658: type ‖ rlp([status, cumulative gas, bloom, logs]). */
function encodeReceipt(receipt: RpcReceipt): Uint8Array {
  const logs = receipt.logs.map(({ address, topics, data }) => [address, topics, data])
  const list = rlpDigits([receipt.status, receipt.cumulativeGasUsed, receipt.logsBloom, logs])
  return hexToBytes(`0x${typeDigits(receipt.type)}${list}`)
}

function check(block: Hash, what: string, expected: Hash, found: Hash): void {
  if (found !== expected)
    throw new RpcAnswerError(
      `L1 block ${block}: expected ${what} with the root ${expected}, theirs is ${found}`,
    )
}
