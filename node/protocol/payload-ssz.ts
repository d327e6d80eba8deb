import type { Hex } from 'viem'
import { DecodeError } from './byte-reader.ts'
import { bytesToHex, hexToBytes } from './bytes.ts'
import type { ExecutionPayload } from './payload.ts'
import { extraDataBytesMax, transactionsMax } from './payload-limits.ts'

/** Which fields a payload has: 0 Bedrock, 1 Canyon (withdrawals), 2 Ecotone (blob gas), 3 Isthmus (withdrawals root). */
export type PayloadVersion = 0 | 1 | 2 | 3

/** Bytes of the part with a fixed size, offsets of the variable parts included. */
const fixedLengths = [508, 512, 528, 560] as const
const offsetLength = 4

/** Where each field of the fixed part lies. Fields of later versions follow those of earlier ones. */
const at = {
  parentHash: 0,
  feeRecipient: 32,
  stateRoot: 52,
  receiptsRoot: 84,
  logsBloom: 116,
  prevRandao: 372,
  blockNumber: 404,
  gasLimit: 412,
  gasUsed: 420,
  timestamp: 428,
  extraDataOffset: 436,
  baseFeePerGas: 440,
  blockHash: 472,
  transactionsOffset: 504,
  withdrawalsOffset: 508,
  blobGasUsed: 512,
  excessBlobGas: 520,
  withdrawalsRoot: 528,
} as const

/**
 * SSZ encoding of a payload as gossip carries it. Source: specs/protocol/rollup-node-p2p.md, "Block encoding", and
 * isthmus/exec-engine.md, "Update to ExecutionPayload".
 * @throws DecodeError when the payload lacks a field of the version or has withdrawals, which no OP Stack block has.
 */
export function encodePayloadSsz(payload: ExecutionPayload, version: PayloadVersion): Uint8Array {
  if (payload.withdrawals !== undefined && payload.withdrawals.length > 0)
    throw new DecodeError(`expected no withdrawals, found ${payload.withdrawals.length}`)
  const fixedLength = fixedLengths[version]
  const extraData = hexToBytes(payload.extraData)
  if (extraData.length > extraDataBytesMax)
    throw new DecodeError(
      `expected at most ${extraDataBytesMax} bytes of extraData, found ${extraData.length}`,
    )
  const transactions = payload.transactions.map(hexToBytes)
  const transactionsStart = fixedLength + extraData.length
  const length = transactions.reduce((sum, item) => sum + offsetLength + item.length, transactionsStart)
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  const set = (offset: number, hex: Hex) => bytes.set(hexToBytes(hex), offset)
  const setUint64 = (offset: number, value: bigint) => view.setBigUint64(offset, value, true)

  set(at.parentHash, payload.parentHash)
  set(at.feeRecipient, payload.feeRecipient)
  set(at.stateRoot, payload.stateRoot)
  set(at.receiptsRoot, payload.receiptsRoot)
  set(at.logsBloom, payload.logsBloom)
  set(at.prevRandao, payload.prevRandao)
  setUint64(at.blockNumber, payload.blockNumber)
  setUint64(at.gasLimit, payload.gasLimit)
  setUint64(at.gasUsed, payload.gasUsed)
  setUint64(at.timestamp, payload.timestamp)
  view.setUint32(at.extraDataOffset, fixedLength, true)
  for (let word = 0; word < 4; word++)
    setUint64(at.baseFeePerGas + word * 8, BigInt.asUintN(64, payload.baseFeePerGas >> BigInt(word * 64)))
  set(at.blockHash, payload.blockHash)
  view.setUint32(at.transactionsOffset, transactionsStart, true)
  if (version >= 1) view.setUint32(at.withdrawalsOffset, length, true)
  if (version >= 2) {
    setUint64(at.blobGasUsed, required(payload.blobGasUsed, 'blobGasUsed', version))
    setUint64(at.excessBlobGas, required(payload.excessBlobGas, 'excessBlobGas', version))
  }
  if (version >= 3) set(at.withdrawalsRoot, required(payload.withdrawalsRoot, 'withdrawalsRoot', version))

  bytes.set(extraData, fixedLength)
  let start = transactions.length * offsetLength
  for (const [index, transaction] of transactions.entries()) {
    view.setUint32(transactionsStart + index * offsetLength, start, true)
    bytes.set(transaction, transactionsStart + start)
    start += transaction.length
  }
  return bytes
}

function required<T>(value: T | undefined, name: string, version: PayloadVersion): T {
  if (value === undefined)
    throw new DecodeError(`expected ${name} in a payload of version ${version}, found none`)
  return value
}

/**
 * @throws DecodeError when an offset or a length is out of bounds, there are gaps between the parts, or there are
 * withdrawals. What it accepts encodes to the same bytes again.
 */
export function decodePayloadSsz(bytes: Uint8Array, version: PayloadVersion): ExecutionPayload {
  const fixedLength = fixedLengths[version]
  if (bytes.length < fixedLength)
    throw new DecodeError(`expected at least ${fixedLength} bytes of payload, found ${bytes.length}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const hex = (offset: number, length: number) => bytesToHex(bytes, offset, offset + length)
  const uint64 = (offset: number) => view.getBigUint64(offset, true)

  const extraDataStart = view.getUint32(at.extraDataOffset, true)
  const transactionsStart = view.getUint32(at.transactionsOffset, true)
  const withdrawalsStart = version >= 1 ? view.getUint32(at.withdrawalsOffset, true) : bytes.length
  if (extraDataStart !== fixedLength)
    throw new DecodeError(`expected extraData at offset ${fixedLength}, found ${extraDataStart}`)
  if (transactionsStart < extraDataStart || transactionsStart > extraDataStart + extraDataBytesMax)
    throw new DecodeError(
      `expected at most ${extraDataBytesMax} bytes of extraData, found the end at ${transactionsStart}`,
    )
  if (transactionsStart > bytes.length)
    throw new DecodeError(
      `expected transactions within ${bytes.length} bytes, found offset ${transactionsStart}`,
    )
  if (withdrawalsStart !== bytes.length)
    throw new DecodeError(
      `expected an empty list of withdrawals at ${bytes.length}, found offset ${withdrawalsStart}`,
    )

  let baseFeePerGas = 0n
  for (let word = 3; word >= 0; word--)
    baseFeePerGas = (baseFeePerGas << 64n) | uint64(at.baseFeePerGas + word * 8)
  return {
    parentHash: hex(at.parentHash, 32),
    feeRecipient: hex(at.feeRecipient, 20),
    stateRoot: hex(at.stateRoot, 32),
    receiptsRoot: hex(at.receiptsRoot, 32),
    logsBloom: hex(at.logsBloom, 256),
    prevRandao: hex(at.prevRandao, 32),
    blockNumber: uint64(at.blockNumber),
    gasLimit: uint64(at.gasLimit),
    gasUsed: uint64(at.gasUsed),
    timestamp: uint64(at.timestamp),
    extraData: bytesToHex(bytes, extraDataStart, transactionsStart),
    baseFeePerGas,
    blockHash: hex(at.blockHash, 32),
    transactions: readTransactions(bytes.subarray(transactionsStart)),
    ...(version >= 1 ? { withdrawals: [] } : {}),
    ...(version >= 2 ? { blobGasUsed: uint64(at.blobGasUsed), excessBlobGas: uint64(at.excessBlobGas) } : {}),
    ...(version >= 3 ? { withdrawalsRoot: hex(at.withdrawalsRoot, 32) } : {}),
  }
}

/** A list of byte lists: an offset per element, then the elements without gaps. */
function readTransactions(bytes: Uint8Array): Hex[] {
  if (bytes.length === 0) return []
  if (bytes.length < offsetLength)
    throw new DecodeError(`expected a transaction offset, found ${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const first = view.getUint32(0, true)
  const count = first / offsetLength
  if (first === 0 || !Number.isInteger(count) || first > bytes.length || count > transactionsMax)
    throw new DecodeError(
      `expected the first of at most ${transactionsMax} transaction offsets, found ${first}`,
    )
  const transactions: Hex[] = []
  let start = first
  for (let index = 1; index <= count; index++) {
    const end = index === count ? bytes.length : view.getUint32(index * offsetLength, true)
    if (end < start || end > bytes.length)
      throw new DecodeError(
        `expected transaction ${index - 1} to end between ${start} and ${bytes.length}, found ${end}`,
      )
    transactions.push(bytesToHex(bytes, start, end))
    start = end
  }
  return transactions
}
