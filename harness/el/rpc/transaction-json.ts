import type { Address, Hash, Hex } from 'viem'
import {
  decodeDepositTransaction,
  depositTransactionType,
} from '../../../node/protocol/deposit-transaction.ts'
import { quantityToJson } from '../../../node/protocol/json-schema.ts'
import type { ExecutedBlock, Receipt } from '../execution/types.ts'
import type { PoolTransaction } from '../pool/pool-transaction.ts'
import { definedFields } from './defined-fields.ts'
import { signedFieldsToJson } from './signed-fields.ts'

/** Where a transaction stands; all `null` while it waits in the pool. */
interface Place {
  readonly blockHash: Hash | null
  readonly blockNumber: Hex | null
  readonly transactionIndex: Hex | null
}
const nowhere: Place = { blockHash: null, blockNumber: null, transactionIndex: null }

/** The transaction at that index, as `eth_getTransactionByHash` gives it. */
export function blockTransactionToJson(block: ExecutedBlock, index: number): Record<string, unknown> {
  const transaction = block.transactions[index]
  const receipt = block.receipts[index]
  if (transaction === undefined || receipt === undefined)
    throw new RangeError(`block ${block.hash} has no transaction ${index}`)
  const place: Place = {
    blockHash: block.hash,
    blockNumber: quantityToJson(block.header.number),
    transactionIndex: quantityToJson(BigInt(index)),
  }
  if (transaction.type === depositTransactionType)
    return depositToJson(transaction.raw, transaction.hash, receipt, place)
  return signedToJson(transaction.raw, transaction.hash, transaction.from, receipt.effectiveGasPrice, place)
}

/** A transaction that waits in the pool; its gas price is the most that it pays. */
export function poolTransactionToJson(transaction: PoolTransaction): Record<string, unknown> {
  return signedToJson(transaction.raw, transaction.hash, transaction.from, transaction.maxFeePerGas, nowhere)
}

/**
 * With the fields that op-geth adds. A deposit that mints nothing says so with a mint of zero, because op-geth decodes
 * the absent mint of the encoding as zero. Source: op-geth `newRPCTransaction`.
 */
function depositToJson(raw: Hex, hash: Hash, receipt: Receipt, place: Place): Record<string, unknown> {
  const deposit = decodeDepositTransaction(raw)
  return definedFields({
    ...place,
    type: '0x7e',
    hash,
    from: deposit.from,
    to: deposit.to,
    gas: quantityToJson(deposit.gas),
    gasPrice: '0x0',
    value: quantityToJson(deposit.value),
    input: deposit.data,
    nonce: quantityToJson(receipt.depositNonce ?? 0n),
    sourceHash: deposit.sourceHash,
    mint: quantityToJson(deposit.mint),
    isSystemTx: deposit.isSystemTransaction ? true : undefined,
    depositReceiptVersion:
      receipt.depositReceiptVersion === undefined ? undefined : quantityToJson(receipt.depositReceiptVersion),
    v: '0x0',
    r: '0x0',
    s: '0x0',
  })
}

function signedToJson(
  raw: Hex,
  hash: Hash,
  from: Address,
  gasPrice: bigint,
  place: Place,
): Record<string, unknown> {
  return definedFields({
    ...place,
    hash,
    from,
    gasPrice: quantityToJson(gasPrice),
    ...signedFieldsToJson(raw),
  })
}
