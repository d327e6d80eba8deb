import type { Common } from '@ethereumjs/common'
import { createTxFromRLP, type TypedTransaction } from '@ethereumjs/tx'
import type { Address, Hex } from 'viem'
import { bytesToHex, hexToBytes } from '../../../node/protocol/bytes.ts'
import {
  type DepositTransaction,
  decodeDepositTransaction,
  depositTransactionType,
  isDepositTransaction,
} from '../../../node/protocol/deposit-transaction.ts'
import { keccak256 } from '../../../node/protocol/hash.ts'
import { type ExecutedTransaction, InvalidBlockError } from './types.ts'

/** A transaction as a block holds it, ready to run. */
export type DecodedTransaction =
  | { readonly kind: 'deposit'; readonly deposit: DepositTransaction; readonly raw: Hex }
  | {
      readonly kind: 'signed'
      readonly signed: TypedTransaction
      readonly raw: Hex
      readonly bytes: Uint8Array
    }

const blobTransactionType = 3

/**
 * Decodes a transaction and recovers its sender.
 * @throws InvalidBlockError for anything that a block of this fork may not hold.
 */
export function decodeTransaction(common: Common, raw: Hex): DecodedTransaction {
  try {
    if (isDepositTransaction(raw)) return { kind: 'deposit', deposit: decodeDepositTransaction(raw), raw }
    const bytes = hexToBytes(raw)
    if (bytes[0] === blobTransactionType) throw new Error('an OP Stack chain takes no blob transactions')
    const signed = createTxFromRLP(bytes, { common, freeze: false })
    signed.getSenderAddress()
    return { kind: 'signed', signed, raw, bytes }
  } catch (error) {
    throw new InvalidBlockError(`transaction ${raw.slice(0, 20)}… is not valid: ${message(error)}`, {
      cause: error,
    })
  }
}

/** @param nonce The nonce that the transaction ran with. */
export function describeTransaction(transaction: DecodedTransaction, nonce: bigint): ExecutedTransaction {
  const { raw } = transaction
  if (transaction.kind === 'deposit') {
    const { from, to } = transaction.deposit
    return { raw, hash: keccak256(hexToBytes(raw)), type: depositTransactionType, from, to, nonce }
  }
  const { signed } = transaction
  return {
    raw,
    hash: keccak256(transaction.bytes),
    type: signed.type,
    from: bytesToHex(signed.getSenderAddress().bytes) as Address,
    to: signed.to === undefined ? null : (bytesToHex(signed.to.bytes) as Address),
    nonce,
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
