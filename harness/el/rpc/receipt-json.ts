import type { Hex } from 'viem'
import { isForkActive } from '../../../node/config/forks.ts'
import { decodeDepositTransaction, isDepositTransaction } from '../../../node/protocol/deposit-transaction.ts'
import { quantityToJson } from '../../../node/protocol/json-schema.ts'
import { decodeL1Info } from '../../../node/protocol/l1-info.ts'
import { blobPrice, gasPerBlob } from '../execution/blob-gas.ts'
import { transactionTypes } from '../execution/transaction.ts'
import type { ElConfig, ExecutedBlock, Receipt } from '../execution/types.ts'
import { definedFields } from './defined-fields.ts'
import { signedFieldsToJson } from './signed-fields.ts'

/** Used when L1Block holds zero. Source: jovian/l1-attributes.md. */
const defaultDaFootprintGasScalar = 400

const optional = (value: bigint | undefined) => (value === undefined ? undefined : quantityToJson(value))
const index = (value: number): Hex => quantityToJson(BigInt(value))

/** Receipts of a block, as `eth_getBlockReceipts` gives them. */
export function blockReceiptsToJson(config: ElConfig, block: ExecutedBlock): Record<string, unknown>[] {
  const shared = sharedFields(config, block)
  let logIndex = 0
  return block.receipts.map((receipt, position) => {
    const json = receiptToJson(block, receipt, position, logIndex, shared)
    logIndex += receipt.logs.length
    return json
  })
}

/** One receipt, as `eth_getTransactionReceipt` gives it. */
export function transactionReceiptToJson(
  config: ElConfig,
  block: ExecutedBlock,
  position: number,
): Record<string, unknown> | null {
  const receipt = block.receipts[position]
  if (receipt === undefined) return null
  const logIndex = block.receipts.slice(0, position).reduce((sum, { logs }) => sum + logs.length, 0)
  return receiptToJson(block, receipt, position, logIndex, sharedFields(config, block))
}

/** The logs of a block with their places, in order. */
export function blockLogsToJson(block: ExecutedBlock, removed = false): Record<string, unknown>[] {
  let logIndex = 0
  return block.receipts.flatMap((receipt, position) =>
    receipt.logs.map((log) => ({
      address: log.address,
      topics: log.topics,
      data: log.data,
      blockNumber: quantityToJson(block.header.number),
      blockHash: block.hash,
      blockTimestamp: quantityToJson(block.header.timestamp),
      transactionHash: block.transactions[position]?.hash,
      transactionIndex: index(position),
      logIndex: index(logIndex++),
      removed,
    })),
  )
}

/** What every receipt of the block says alike. */
interface SharedFields {
  /** From Jovian on. */
  readonly daFootprintGasScalar: Hex | undefined
  /** Wei per blob gas. */
  readonly blobGasPrice: bigint
}

function sharedFields(config: ElConfig, block: ExecutedBlock): SharedFields {
  const first = block.transactions[0]?.raw
  const blobGasPrice = blobPrice(config.blobs, block.header.excessBlobGas)
  if (
    first === undefined ||
    !isDepositTransaction(first) ||
    !isForkActive(config.forks, 'jovian', block.header.timestamp)
  )
    return { daFootprintGasScalar: undefined, blobGasPrice }
  return {
    daFootprintGasScalar: index(daFootprintGasScalar(first) || defaultDaFootprintGasScalar),
    blobGasPrice,
  }
}

/** Of the block's L1 info; zero when its first deposit is something else. */
function daFootprintGasScalar(raw: Hex): number {
  try {
    return decodeL1Info(decodeDepositTransaction(raw).data).daFootprintGasScalar
  } catch {
    return 0
  }
}

/** Deposits have their nonce, all others their fees. Source: op-geth `marshalReceipt`. */
function receiptToJson(
  block: ExecutedBlock,
  receipt: Receipt,
  position: number,
  firstLogIndex: number,
  shared: SharedFields,
): Record<string, unknown> {
  const transaction = block.transactions[position]
  if (transaction === undefined) throw new RangeError(`block ${block.hash} has no transaction ${position}`)
  const place = {
    transactionHash: transaction.hash,
    transactionIndex: index(position),
    blockHash: block.hash,
    blockNumber: quantityToJson(block.header.number),
  }
  const logPlace = { ...place, blockTimestamp: quantityToJson(block.header.timestamp) }
  return definedFields({
    ...place,
    from: transaction.from,
    to: transaction.to,
    type: index(receipt.type),
    status: index(receipt.status),
    gasUsed: quantityToJson(receipt.gasUsed),
    cumulativeGasUsed: quantityToJson(receipt.cumulativeGasUsed),
    effectiveGasPrice: quantityToJson(receipt.effectiveGasPrice),
    contractAddress: receipt.contractAddress,
    logs: receipt.logs.map((log, offset) => ({
      address: log.address,
      topics: log.topics,
      data: log.data,
      ...logPlace,
      logIndex: index(firstLogIndex + offset),
      removed: false,
    })),
    logsBloom: receipt.logsBloom,
    depositNonce: optional(receipt.depositNonce),
    depositReceiptVersion: optional(receipt.depositReceiptVersion),
    ...(receipt.l1Fee === undefined ? {} : feeFields(receipt, shared)),
    ...(receipt.type === transactionTypes.blob ? blobFields(transaction.raw, shared) : {}),
  })
}

/** Source: EIP-4844; execution-apis, `schemas/receipt`. */
function blobFields(raw: Hex, { blobGasPrice }: SharedFields): Record<string, unknown> {
  const { blobVersionedHashes = [] } = signedFieldsToJson(raw) as { blobVersionedHashes?: readonly unknown[] }
  return {
    blobGasUsed: quantityToJson(BigInt(blobVersionedHashes.length) * gasPerBlob),
    blobGasPrice: quantityToJson(blobGasPrice),
  }
}

function feeFields(
  { l1Fee, operatorFee, daFootprint }: Receipt,
  shared: SharedFields,
): Record<string, unknown> {
  return {
    l1Fee: optional(l1Fee?.l1Fee),
    l1GasPrice: optional(l1Fee?.l1GasPrice),
    l1GasUsed: optional(l1Fee?.l1GasUsed),
    l1FeeScalar: l1Fee?.l1FeeScalar?.toString(),
    l1BlobBaseFee: optional(l1Fee?.l1BlobBaseFee),
    l1BaseFeeScalar: optional(l1Fee?.l1BaseFeeScalar),
    l1BlobBaseFeeScalar: optional(l1Fee?.l1BlobBaseFeeScalar),
    operatorFeeScalar: optional(operatorFee?.scalar),
    operatorFeeConstant: optional(operatorFee?.constant),
    blobGasUsed: optional(daFootprint),
    daFootprintGasScalar: shared.daFootprintGasScalar,
  }
}
