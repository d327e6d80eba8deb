import type { Hash } from 'viem'
import { z } from 'zod'
import {
  RpcAnswerError,
  rpcAddress,
  rpcBloom,
  rpcBytes,
  rpcHash,
  rpcIndex,
  rpcQuantity,
} from '../../json-rpc/schema.ts'
import { hexToBytes } from '../../protocol/bytes.ts'
import { listOf } from '../../protocol/list-schema.ts'
import { orderedTrieRoot } from '../../protocol/ordered-trie-root.ts'
import { type RlpValue, rlpDigits } from '../../protocol/rlp-writer.ts'
import { depositType, type RpcDeposit } from './rpc-deposit.ts'
import {
  type RpcSignedTransaction,
  type RpcUnknownTransaction,
  rpcTransactionBytes,
  typeDigits,
} from './rpc-transaction.ts'

/** So much memory costs half a billion gas. */
const logDataBytesMax = 16 * 1024 * 1024

const rpcLog = z.object({
  address: rpcAddress,
  topics: listOf(rpcHash, 4),
  data: rpcBytes(logDataBytesMax),
  logIndex: rpcIndex,
})

/** More logs than the gas of a block can pay for. */
const logsMax = 1_000_000

/** A receipt as `eth_getBlockReceipts` gives it: every field that the receipts root covers. Byzantium and later. */
export const rpcReceipt = z.object({
  type: rpcIndex.refine((type) => type < 0x80, 'expected a type below 0x80').default(0),
  transactionHash: rpcHash,
  transactionIndex: rpcIndex,
  blockHash: rpcHash,
  status: rpcQuantity,
  cumulativeGasUsed: rpcQuantity,
  logsBloom: rpcBloom,
  logs: listOf(rpcLog, logsMax),
  /** Of a deposit, from Regolith on. */
  depositNonce: rpcQuantity.nullish(),
  /** Of a deposit, from Canyon on. */
  depositReceiptVersion: rpcQuantity.nullish(),
})

export type RpcReceipt = z.output<typeof rpcReceipt>
export type RpcTransaction = RpcSignedTransaction | RpcDeposit | RpcUnknownTransaction

/**
 * Proves that these are the block's transactions.
 * @returns false for a block that holds a type of transaction that came after this node: it cannot be proven, and must
 * be readable.
 * @throws RpcAnswerError
 */
export function checkTransactionsRoot(
  block: { readonly hash: Hash; readonly transactionsRoot: Hash },
  transactions: readonly RpcTransaction[],
): boolean {
  const encoded: Uint8Array[] = []
  for (const tx of transactions) {
    if ('raw' in tx) encoded.push(hexToBytes(tx.raw))
    else if ('nonce' in tx) encoded.push(rpcTransactionBytes(tx))
    else return false
  }
  check(block.hash, 'transactions', block.transactionsRoot, orderedTrieRoot(encoded))
  return true
}

/**
 * Proves that these are the block's receipts.
 * @throws RpcAnswerError
 */
export function checkReceiptsRoot(
  block: { readonly hash: Hash; readonly receiptsRoot: Hash },
  receipts: readonly RpcReceipt[],
): void {
  check(block.hash, 'receipts', block.receiptsRoot, receiptsRootOf(receipts))
}

/** The root that a header with these receipts has. */
export function receiptsRootOf(receipts: readonly RpcReceipt[]): Hash {
  return orderedTrieRoot(receipts.map(encodeReceipt))
}

/**
 * EIP-2718 and EIP-658: type ‖ rlp([status, cumulative gas, bloom, logs]). A deposit's receipt has its nonce and its
 * version after them once it has a version; Regolith's, which has the nonce alone, is hashed without it.
 * Source: specs/protocol/deposits.md, "Deposit Receipt".
 */
function encodeReceipt(receipt: RpcReceipt): Uint8Array {
  const { type, depositNonce: nonce, depositReceiptVersion: version } = receipt
  const logs = receipt.logs.map(({ address, topics, data }) => [address, topics, data])
  const fields: RlpValue[] = [receipt.status, receipt.cumulativeGasUsed, receipt.logsBloom, logs]
  if (type === depositType && nonce != null && version != null) fields.push(nonce, version)
  return hexToBytes(`0x${typeDigits(type)}${rlpDigits(fields)}`)
}

function check(block: Hash, what: string, expected: Hash, found: Hash): void {
  if (found !== expected)
    throw new RpcAnswerError(
      `L1 block ${block}: expected ${what} with the root ${expected}, theirs is ${found}`,
    )
}
