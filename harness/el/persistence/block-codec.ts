import type { Hash } from 'viem'
import { hexToBytes } from '../../../node/protocol/bytes.ts'
import { RlpReader } from '../../../node/protocol/rlp-reader.ts'
import { rlpList, rlpString, rlpUint } from '../../../node/protocol/rlp-writer.ts'
import { type BlockHeader, decodeHeader, encodeHeader, payloadFromHeader } from '../chain/header.ts'
import type { ExecutedBlock, ExecutedTransaction, Receipt } from '../execution/types.ts'
import { encodeStoredReceipt, readStoredReceipt } from './receipt-codec.ts'

/**
 * A block as the store holds it: the RLP list of its header in the protocol's encoding, its transactions with what was
 * costly to learn of them, and its receipts. The hash is not part of it: it is the key.
 */
export function encodeStoredBlock({ header, transactions, receipts }: ExecutedBlock): Uint8Array {
  return rlpList([
    encodeHeader(header),
    rlpList(transactions.map(encodeTransaction)),
    rlpList(receipts.map(encodeStoredReceipt)),
  ])
}

/** @throws DecodeError when the bytes are not a stored block. */
export function decodeStoredBlock(hash: Hash, bytes: Uint8Array): ExecutedBlock {
  const reader = RlpReader.list(bytes)
  const headerStart = reader.offset
  reader.skip()
  const header = decodeHeader(bytes.subarray(headerStart, reader.offset))
  const transactions: ExecutedTransaction[] = []
  const transactionList = reader.list()
  while (!transactionList.done) transactions.push(readTransaction(transactionList))
  const receipts: Receipt[] = []
  const receiptList = reader.list()
  while (!receiptList.done) receipts.push(readStoredReceipt(receiptList))
  reader.expectEnd()
  const raws = transactions.map(({ raw }) => raw)
  return { hash, header, envelope: payloadFromHeader(header, hash, raws), transactions, receipts }
}

/** The header of a stored block. @throws DecodeError when the bytes are not one. */
export function decodeStoredHeader(bytes: Uint8Array): BlockHeader {
  const reader = RlpReader.list(bytes)
  const start = reader.offset
  reader.skip()
  return decodeHeader(bytes.subarray(start, reader.offset))
}

function encodeTransaction({ raw, hash, type, from, to, nonce }: ExecutedTransaction): Uint8Array {
  return rlpList([
    rlpString(hexToBytes(raw)),
    rlpString(hexToBytes(hash)),
    rlpUint(BigInt(type)),
    rlpString(hexToBytes(from)),
    rlpString(to === null ? new Uint8Array() : hexToBytes(to)),
    rlpUint(nonce),
  ])
}

function readTransaction(transactions: RlpReader): ExecutedTransaction {
  const reader = transactions.list()
  return {
    raw: reader.hex(),
    hash: reader.hash(),
    type: Number(reader.uint(1)),
    from: reader.address(),
    to: reader.addressOrNull(),
    nonce: reader.uint64(),
  }
}
