import type { Address, Hash, Hex } from 'viem'
import { errorText } from '../../../node/concurrency/error-text.ts'
import type { TransactionDecoder } from '../execution/decode-transaction.ts'
import { gasBounds, initCodeBytesMax } from '../execution/intrinsic-gas.ts'
import { blobGasOf } from '../execution/signed.ts'
import { type SignedTransaction, type Transaction, transactionTypes } from '../execution/transaction.ts'
import { PoolError } from './pool-error.ts'

/** A signed transaction, with what the pool's rules and its order look at. Amounts are in wei. */
export interface PoolTransaction {
  /** EIP-2718 encoding. */
  readonly raw: Hex
  readonly hash: Hash
  readonly type: number
  readonly from: Address
  readonly to: Address | null
  readonly nonce: bigint
  readonly value: bigint
  readonly gasLimit: bigint
  /** Intrinsic gas, or the calldata floor of EIP-7623 when that is higher. */
  readonly minimumGas: bigint
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
  /** The most that its blobs cost; 0 without blobs. */
  readonly maxBlobFee: bigint
}

/** Rules of the next block that a transaction's form depends on. */
export interface PoolForks {
  readonly isCanyon: boolean
  readonly isIsthmus: boolean
}

/** Longer transactions do not get in, as in geth's pool (`txMaxSize`). */
export const transactionBytesMax = 128 * 1024

/**
 * Decodes a signed transaction and recovers its sender.
 * @throws PoolError for a deposit, a blob transaction where the chain takes none, a type of a later fork, another chain's
 * transaction, a bad signature, or bytes that are no transaction.
 */
export function decodePoolTransaction(
  raw: Hex,
  decoder: TransactionDecoder,
  forks: PoolForks,
): PoolTransaction {
  const sizeBytes = (raw.length - 2) / 2
  if (sizeBytes > transactionBytesMax)
    throw new PoolError(`oversized data: transaction size ${sizeBytes}, limit ${transactionBytesMax}`)
  const transaction = decode(raw, decoder)
  // Deposits come from L1 only (specs/protocol/exec-engine.md).
  if (transaction.kind === 'deposit') throw new PoolError('transaction type not supported: 0x7e')
  checkForm(transaction, forks)
  const { intrinsic, floor } = gasBounds(transaction, forks.isCanyon, forks.isIsthmus)
  const { hash, type, from, to, nonce, value, maxFeePerGas, maxPriorityFeePerGas } = transaction
  return {
    raw,
    hash,
    type,
    from,
    to,
    nonce,
    value,
    gasLimit: transaction.gas,
    minimumGas: intrinsic > floor ? intrinsic : floor,
    maxFeePerGas,
    maxPriorityFeePerGas,
    maxBlobFee: blobGasOf(transaction) * (transaction.blobs?.maxFeePerBlobGas ?? 0n),
  }
}

function decode(raw: Hex, decoder: TransactionDecoder): Transaction {
  try {
    return decoder.decode(raw)
  } catch (error) {
    throw new PoolError(errorText(error))
  }
}

function checkForm({ type, to, data, authorizations }: SignedTransaction, forks: PoolForks): void {
  if (type === transactionTypes.setCode && !forks.isIsthmus)
    throw new PoolError('transaction type not supported: 0x4 before Isthmus')
  if (type === transactionTypes.setCode && (authorizations?.length ?? 0) === 0)
    throw new PoolError('EIP-7702 transaction with empty auth list')
  if (to === null && forks.isCanyon && data.length > initCodeBytesMax)
    throw new PoolError(`max initcode size exceeded: code size ${data.length}, limit ${initCodeBytesMax}`)
}

/** What the sender pays per gas above the base fee; negative when the transaction cannot be included. */
export function effectiveTip(transaction: PoolTransaction, baseFee: bigint): bigint {
  const room = transaction.maxFeePerGas - baseFee
  return room < transaction.maxPriorityFeePerGas ? room : transaction.maxPriorityFeePerGas
}

/** The most that the sender can pay on L2, without the L1 and operator fees. */
export function maximumCost(transaction: PoolTransaction): bigint {
  return transaction.gasLimit * transaction.maxFeePerGas + transaction.maxBlobFee + transaction.value
}
