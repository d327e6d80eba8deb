import { RLP } from '@ethereumjs/rlp'
import type { Hash, Hex } from 'viem'
import { bytesToHex, concatBytes, hexToBytes, uintToBytes } from '../../../node/protocol/bytes.ts'
import { keccak256Bytes } from '../../../node/protocol/keccak.ts'
import type { Log, Receipt } from './types.ts'

/** A log as the EVM gives it: address, topics, data. */
export type EvmLog = readonly [Uint8Array, readonly Uint8Array[], Uint8Array]

export function logFromEvm([address, topics, data]: EvmLog): Log {
  return {
    address: bytesToHex(address),
    topics: topics.map((topic): Hash => bytesToHex(topic)),
    data: bytesToHex(data),
  }
}

const bloomLength = 256

/** Bloom filter over addresses and topics. Source: Ethereum yellow paper, 4.3.1. */
export function bloomOf(logs: readonly EvmLog[]): Uint8Array {
  const bloom = new Uint8Array(bloomLength)
  const add = (value: Uint8Array): void => {
    const hash = keccak256Bytes(value)
    for (let pair = 0; pair < 6; pair += 2) {
      const bit = ((hash[pair]! << 8) | hash[pair + 1]!) & 0x7ff
      bloom[bloomLength - 1 - (bit >> 3)]! |= 1 << (bit & 7)
    }
  }
  for (const [address, topics] of logs) {
    add(address)
    for (const topic of topics) add(topic)
  }
  return bloom
}

export function mergeBloom(into: Uint8Array, bloom: Uint8Array): void {
  for (let index = 0; index < bloomLength; index++) into[index]! |= bloom[index]!
}

/**
 * The encoding that the receipts root commits to. A deposit's carries its nonce and version from Canyon on; Regolith's
 * nonce alone is not part of it (specs/protocol/deposits.md, "Deposit Receipt").
 */
export function encodeReceipt(
  receipt: Pick<
    Receipt,
    'type' | 'status' | 'cumulativeGasUsed' | 'logsBloom' | 'depositNonce' | 'depositReceiptVersion'
  >,
  logs: readonly EvmLog[],
): Hex {
  const fields: unknown[] = [
    uintToBytes(BigInt(receipt.status)),
    uintToBytes(receipt.cumulativeGasUsed),
    hexToBytes(receipt.logsBloom),
    logs,
  ]
  if (receipt.depositReceiptVersion !== undefined && receipt.depositNonce !== undefined)
    fields.push(uintToBytes(receipt.depositNonce), uintToBytes(receipt.depositReceiptVersion))
  const body = RLP.encode(fields as never)
  return bytesToHex(receipt.type === 0 ? body : concatBytes([Uint8Array.of(receipt.type), body]))
}
