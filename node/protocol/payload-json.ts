import { z } from 'zod'
import {
  addressSchema,
  bytesUpTo,
  fixedBytes,
  hashSchema,
  parseJson,
  quantityToJson,
  uint64Quantity,
  uint256Quantity,
} from './json-schema.ts'
import { listOf } from './list-schema.ts'
import type {
  ExecutionPayload,
  ForkchoiceState,
  ForkchoiceUpdatedResult,
  PayloadAttributes,
  PayloadEnvelope,
  PayloadStatus,
  Withdrawal,
} from './payload.ts'
import { extraDataBytesMax, transactionBytesMax, transactionsMax, withdrawalsMax } from './payload-limits.ts'
import { withoutUndefined } from './without-undefined.ts'

const validationErrorLengthMax = 10_000
/** No answer to a payload is longer. */
const answerLengthMax = 64 * 1024

const transactionsSchema = listOf(bytesUpTo(transactionBytesMax), transactionsMax)

const withdrawalSchema = z.object({
  index: uint64Quantity,
  validatorIndex: uint64Quantity,
  address: addressSchema,
  amount: uint64Quantity,
})
const withdrawalsSchema = listOf(withdrawalSchema, withdrawalsMax)

const payloadSchema = z.object({
  parentHash: hashSchema,
  feeRecipient: addressSchema,
  stateRoot: hashSchema,
  receiptsRoot: hashSchema,
  logsBloom: fixedBytes(256),
  prevRandao: hashSchema,
  blockNumber: uint64Quantity,
  gasLimit: uint64Quantity,
  gasUsed: uint64Quantity,
  timestamp: uint64Quantity,
  extraData: bytesUpTo(extraDataBytesMax),
  baseFeePerGas: uint256Quantity,
  blockHash: hashSchema,
  transactions: transactionsSchema,
  withdrawals: withdrawalsSchema.nullish(),
  blobGasUsed: uint64Quantity.nullish(),
  excessBlobGas: uint64Quantity.nullish(),
  withdrawalsRoot: hashSchema.nullish(),
})

const attributesSchema = z.object({
  timestamp: uint64Quantity,
  prevRandao: hashSchema,
  suggestedFeeRecipient: addressSchema,
  withdrawals: withdrawalsSchema.nullish(),
  parentBeaconBlockRoot: hashSchema.nullish(),
  transactions: transactionsSchema.nullish(),
  noTxPool: z.boolean().nullish(),
  gasLimit: uint64Quantity,
  eip1559Params: fixedBytes(8).nullish(),
  // op-node and op-alloy send a plain number although the specification says QUANTITY.
  minBaseFee: z
    .union([
      z
        .int()
        .nonnegative()
        .transform((value) => BigInt(value)),
      uint64Quantity,
    ])
    .nullish(),
})

const statusSchema = z.object({
  status: z.enum(['VALID', 'INVALID', 'SYNCING', 'ACCEPTED', 'INVALID_BLOCK_HASH']),
  latestValidHash: hashSchema.nullish().transform((value) => value ?? null),
  validationError: z
    .string()
    .max(answerLengthMax)
    .nullish()
    .transform((value) => value?.slice(0, validationErrorLengthMax) ?? null),
})

const forkchoiceResultSchema = z.object({
  payloadStatus: statusSchema,
  payloadId: fixedBytes(8)
    .nullish()
    .transform((value) => value ?? null),
})

const forkchoiceStateSchema = z.object({
  headBlockHash: hashSchema,
  safeBlockHash: hashSchema,
  finalizedBlockHash: hashSchema,
})

const envelopeSchema = z.object({
  executionPayload: payloadSchema,
  parentBeaconBlockRoot: hashSchema.nullish(),
})

/** Engine API `ExecutionPayloadV1..V4` of the payload's own version: fields that it lacks are left out. */
export function payloadToJson(payload: ExecutionPayload): Record<string, unknown> {
  return withoutUndefined({
    ...payload,
    blockNumber: quantityToJson(payload.blockNumber),
    gasLimit: quantityToJson(payload.gasLimit),
    gasUsed: quantityToJson(payload.gasUsed),
    timestamp: quantityToJson(payload.timestamp),
    baseFeePerGas: quantityToJson(payload.baseFeePerGas),
    withdrawals: payload.withdrawals?.map(withdrawalToJson),
    blobGasUsed: payload.blobGasUsed === undefined ? undefined : quantityToJson(payload.blobGasUsed),
    excessBlobGas: payload.excessBlobGas === undefined ? undefined : quantityToJson(payload.excessBlobGas),
  })
}

/** @throws JsonFormatError naming the wrong fields. */
export function payloadFromJson(json: unknown): ExecutionPayload {
  return withoutUndefined(parseJson(payloadSchema, json, 'execution payload'))
}

/** @throws JsonFormatError naming the wrong fields. */
export function payloadEnvelopeFromJson(json: unknown): PayloadEnvelope {
  const { executionPayload, parentBeaconBlockRoot } = parseJson(envelopeSchema, json, 'payload envelope')
  return withoutUndefined({ payload: withoutUndefined(executionPayload), parentBeaconBlockRoot })
}

/** Engine API payload attributes with the OP Stack's fields. Source: exec-engine.md, "Extended PayloadAttributes". */
export function attributesToJson(attributes: PayloadAttributes): Record<string, unknown> {
  return withoutUndefined({
    ...attributes,
    timestamp: quantityToJson(attributes.timestamp),
    gasLimit: quantityToJson(attributes.gasLimit),
    withdrawals: attributes.withdrawals?.map(withdrawalToJson),
    minBaseFee: attributes.minBaseFee === undefined ? undefined : minBaseFeeToJson(attributes.minBaseFee),
  })
}

/** @throws JsonFormatError naming the wrong fields. */
export function attributesFromJson(json: unknown): PayloadAttributes {
  const parsed = parseJson(attributesSchema, json, 'payload attributes')
  return withoutUndefined({
    ...parsed,
    transactions: parsed.transactions ?? [],
    noTxPool: parsed.noTxPool ?? false,
  })
}

export function payloadStatusToJson(status: PayloadStatus): Record<string, unknown> {
  return { ...status }
}

/** @throws JsonFormatError naming the wrong fields. */
export function payloadStatusFromJson(json: unknown): PayloadStatus {
  return parseJson(statusSchema, json, 'payload status')
}

export function forkchoiceResultToJson(result: ForkchoiceUpdatedResult): Record<string, unknown> {
  return { payloadStatus: payloadStatusToJson(result.payloadStatus), payloadId: result.payloadId }
}

/** @throws JsonFormatError naming the wrong fields. */
export function forkchoiceResultFromJson(json: unknown): ForkchoiceUpdatedResult {
  return parseJson(forkchoiceResultSchema, json, 'forkchoice result')
}

/** @throws JsonFormatError naming the wrong fields. */
export function forkchoiceStateFromJson(json: unknown): ForkchoiceState {
  return parseJson(forkchoiceStateSchema, json, 'forkchoice state')
}

function withdrawalToJson(withdrawal: Withdrawal): Record<string, unknown> {
  return {
    index: quantityToJson(withdrawal.index),
    validatorIndex: quantityToJson(withdrawal.validatorIndex),
    address: withdrawal.address,
    amount: quantityToJson(withdrawal.amount),
  }
}

/** A plain number, as real engines read it; a value that a number cannot hold goes out as QUANTITY. */
function minBaseFeeToJson(value: bigint): unknown {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : quantityToJson(value)
}
