import type { Address, Hash, Hex } from 'viem'
import { parseTransaction } from 'viem/utils'
import {
  decodeDepositTransaction,
  depositTransactionType,
} from '../../../node/protocol/deposit-transaction.ts'
import { quantityToJson } from '../../../node/protocol/json-schema.ts'
import type { ExecutedBlock, Receipt } from '../execution/types.ts'
import type { PoolTransaction } from '../pool/pool-transaction.ts'
import { definedFields } from './defined-fields.ts'

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
  const transaction = parseTransaction(raw as `0x02${string}`) as ParsedTransaction
  const typed = transaction.type !== 'legacy'
  const hasFeeMarket = typed && transaction.type !== 'eip2930'
  const parity = transaction.yParity ?? Number(transaction.v ?? 0n)
  return definedFields({
    ...place,
    type: typeNumbers[transaction.type],
    hash,
    from,
    to: transaction.to?.toLowerCase() ?? null,
    nonce: number(transaction.nonce ?? 0),
    gas: quantityToJson(transaction.gas ?? 0n),
    gasPrice: quantityToJson(gasPrice),
    // viem leaves a fee of zero out.
    maxFeePerGas: hasFeeMarket ? quantityToJson(transaction.maxFeePerGas ?? 0n) : undefined,
    maxPriorityFeePerGas: hasFeeMarket ? quantityToJson(transaction.maxPriorityFeePerGas ?? 0n) : undefined,
    value: quantityToJson(transaction.value ?? 0n),
    input: transaction.data ?? '0x',
    chainId: transaction.chainId === undefined ? undefined : number(transaction.chainId),
    accessList: typed ? (transaction.accessList ?? []) : undefined,
    authorizationList: transaction.authorizationList?.map((item) => ({
      chainId: number(item.chainId),
      address: item.address.toLowerCase(),
      nonce: number(item.nonce),
      yParity: number(item.yParity ?? 0),
      r: trimmed(item.r),
      s: trimmed(item.s),
    })),
    v: typed ? number(parity) : quantityToJson(transaction.v ?? 0n),
    yParity: typed ? number(parity) : undefined,
    r: trimmed(transaction.r),
    s: trimmed(transaction.s),
  })
}

/** What viem makes of any signed transaction: the union of its types, flattened. */
interface ParsedTransaction {
  readonly type: keyof typeof typeNumbers
  readonly chainId?: number
  readonly to?: Address | null
  readonly nonce?: number
  readonly gas?: bigint
  readonly maxFeePerGas?: bigint
  readonly maxPriorityFeePerGas?: bigint
  readonly value?: bigint
  readonly data?: Hex
  readonly accessList?: readonly { readonly address: Address; readonly storageKeys: readonly Hex[] }[]
  readonly authorizationList?: readonly {
    readonly chainId: number
    readonly address: Address
    readonly nonce: number
    readonly yParity?: number
    readonly r: Hex
    readonly s: Hex
  }[]
  readonly v?: bigint
  readonly yParity?: number
  readonly r?: Hex
  readonly s?: Hex
}

const typeNumbers = { legacy: '0x0', eip2930: '0x1', eip1559: '0x2', eip4844: '0x3', eip7702: '0x4' } as const

const number = (value: number): Hex => quantityToJson(BigInt(value))
/** 32 bytes as QUANTITY, without leading zeros. */
const trimmed = (value: Hex = '0x0'): Hex => quantityToJson(BigInt(value))
