import { RLP } from '@ethereumjs/rlp'
import { Bloom } from '@ethereumjs/vm'
import type { Address, Hash, Hex } from 'viem'
import { bytesToHex, concatBytes, hexToBytes, uintToBytes } from '../../../node/protocol/bytes.ts'
import { depositTransactionType } from '../../../node/protocol/deposit-transaction.ts'
import type { Log, Receipt } from './types.ts'

/** A log as the EVM gives it: address, topics, data. */
export type EvmLog = readonly [Uint8Array, readonly Uint8Array[], Uint8Array]

export function logFromEvm([address, topics, data]: EvmLog): Log {
  return {
    address: bytesToHex(address) as Address,
    topics: topics.map((topic): Hash => bytesToHex(topic)),
    data: bytesToHex(data),
  }
}

export function bloomOf(logs: readonly EvmLog[]): Bloom {
  const bloom = new Bloom()
  for (const [address, topics] of logs) {
    bloom.add(address)
    for (const topic of topics) bloom.add(topic)
  }
  return bloom
}

/**
 * The encoding that the receipts root commits to. A deposit's carries its nonce and version from Canyon on
 * (specs/protocol/deposits.md, "Deposit Receipt").
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
  if (
    receipt.type === depositTransactionType &&
    receipt.depositReceiptVersion !== undefined &&
    receipt.depositNonce !== undefined
  )
    fields.push(uintToBytes(receipt.depositNonce), uintToBytes(receipt.depositReceiptVersion))
  const body = RLP.encode(fields as never)
  return bytesToHex(receipt.type === 0 ? body : concatBytes([Uint8Array.of(receipt.type), body]))
}
