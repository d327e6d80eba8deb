import type { Hash } from 'viem'
import { bytesToHex, hexToBytes } from '../../../node/protocol/bytes.ts'
import { RlpReader } from '../../../node/protocol/rlp-reader.ts'
import { rlpList, rlpString, rlpUint } from '../../../node/protocol/rlp-writer.ts'
import type { L1FeeReceipt, Log, Receipt } from '../execution/types.ts'

/**
 * A receipt as the store holds it: an RLP list of its consensus encoding and of what that does not tell. A field that
 * can be absent is a list of no or one item.
 */
export function encodeStoredReceipt(receipt: Receipt): Uint8Array {
  const { l1Fee, operatorFee } = receipt
  return rlpList([
    rlpString(hexToBytes(receipt.encoded)),
    rlpUint(receipt.gasUsed),
    rlpUint(receipt.effectiveGasPrice),
    rlpString(receipt.contractAddress === null ? new Uint8Array() : hexToBytes(receipt.contractAddress)),
    optional(receipt.depositNonce),
    optional(receipt.depositReceiptVersion),
    rlpList(l1Fee === undefined ? [] : [encodeL1Fee(l1Fee)]),
    rlpList(operatorFee === undefined ? [] : [rlpUint(operatorFee.scalar), rlpUint(operatorFee.constant)]),
    optional(receipt.daFootprint),
  ])
}

/** Reads the next item of a list of stored receipts. @throws DecodeError */
export function readStoredReceipt(receipts: RlpReader): Receipt {
  const reader = receipts.list()
  const encoded = reader.string()
  const type = encoded[0]! >= 0xc0 ? 0 : encoded[0]!
  const consensus = RlpReader.list(encoded, type === 0 ? 0 : 1)
  const status = consensus.boolean() ? 1 : 0
  const cumulativeGasUsed = consensus.uint64()
  const logsBloom = consensus.hex(256)
  const logs = readLogs(consensus.list())
  const gasUsed = reader.uint64()
  const effectiveGasPrice = reader.uint(32)
  const contractAddress = reader.addressOrNull()
  const depositNonce = readOptional(reader)
  const depositReceiptVersion = readOptional(reader)
  const l1Fee = reader.list()
  const operatorFee = reader.list()
  const daFootprint = readOptional(reader)
  reader.expectEnd()
  return {
    type,
    status,
    gasUsed,
    cumulativeGasUsed,
    logsBloom,
    logs,
    contractAddress,
    effectiveGasPrice,
    ...(depositNonce === undefined ? {} : { depositNonce }),
    ...(depositReceiptVersion === undefined ? {} : { depositReceiptVersion }),
    ...(l1Fee.done ? {} : { l1Fee: readL1Fee(l1Fee.list()) }),
    ...(operatorFee.done
      ? {}
      : { operatorFee: { scalar: operatorFee.uint(32), constant: operatorFee.uint(32) } }),
    ...(daFootprint === undefined ? {} : { daFootprint }),
    encoded: bytesToHex(encoded),
  }
}

function encodeL1Fee(fee: L1FeeReceipt): Uint8Array {
  const scalar = fee.l1FeeScalar
  return rlpList([
    rlpUint(fee.l1Fee),
    rlpUint(fee.l1GasPrice),
    rlpUint(fee.l1GasUsed),
    // A float: the shortest decimal that reads as the same number.
    rlpList(scalar === undefined ? [] : [rlpString(Buffer.from(String(scalar)))]),
    optional(fee.l1BlobBaseFee),
    optional(fee.l1BaseFeeScalar),
    optional(fee.l1BlobBaseFeeScalar),
  ])
}

function readL1Fee(reader: RlpReader): L1FeeReceipt {
  const [l1Fee, l1GasPrice, l1GasUsed] = [reader.uint(32), reader.uint(32), reader.uint(32)]
  const scalar = reader.list()
  const l1FeeScalar = scalar.done ? undefined : Number(Buffer.from(scalar.string()).toString())
  const l1BlobBaseFee = readOptional(reader)
  const l1BaseFeeScalar = readOptional(reader)
  const l1BlobBaseFeeScalar = readOptional(reader)
  return {
    l1Fee,
    l1GasPrice,
    l1GasUsed,
    ...(l1FeeScalar === undefined ? {} : { l1FeeScalar }),
    ...(l1BlobBaseFee === undefined ? {} : { l1BlobBaseFee }),
    ...(l1BaseFeeScalar === undefined ? {} : { l1BaseFeeScalar }),
    ...(l1BlobBaseFeeScalar === undefined ? {} : { l1BlobBaseFeeScalar }),
  }
}

function readLogs(reader: RlpReader): Log[] {
  const logs: Log[] = []
  while (!reader.done) {
    const fields = reader.list()
    const address = fields.address()
    const topicList = fields.list()
    const topics: Hash[] = []
    while (!topicList.done) topics.push(topicList.hash())
    logs.push({ address, topics, data: fields.hex() })
  }
  return logs
}

function optional(value: bigint | undefined): Uint8Array {
  return rlpList(value === undefined ? [] : [rlpUint(value)])
}

function readOptional(reader: RlpReader): bigint | undefined {
  const item = reader.list()
  return item.done ? undefined : item.uint(32)
}
