import type { Common } from '@ethereumjs/common'
import { Capability, createTxFromRLP, type TypedTransaction } from '@ethereumjs/tx'
import type { Address, Hash, Hex } from 'viem'
import { errorText } from '../../../node/concurrency/error-text.ts'
import { bytesToHex, hexToBytes } from '../../../node/protocol/bytes.ts'
import { keccak256 } from '../../../node/protocol/hash.ts'
import { PoolError } from './pool-error.ts'

/** A signed transaction, with what the pool's rules and its order look at. Amounts are in wei. */
export interface PoolTransaction {
  /** EIP-2718 encoding. */
  readonly raw: Hex
  readonly hash: Hash
  readonly type: number
  /** Absent for a legacy transaction without replay protection. */
  readonly chainId: bigint | undefined
  readonly from: Address
  readonly to: Address | null
  readonly nonce: bigint
  readonly value: bigint
  readonly gasLimit: bigint
  /** Intrinsic gas, or the calldata floor of EIP-7623 when that is higher. */
  readonly minimumGas: bigint
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
  /** Of `raw`. */
  readonly sizeBytes: number
}

/** Longer transactions do not get in, as in geth's pool (`txMaxSize`). */
export const transactionBytesMax = 128 * 1024

/**
 * Decodes a signed transaction and recovers its sender.
 * @throws PoolError for a deposit, a blob transaction, a type that is unknown under the fork, a bad signature, or
 * bytes that are no transaction.
 */
export function decodePoolTransaction(raw: Hex, common: Common): PoolTransaction {
  const sizeBytes = (raw.length - 2) / 2
  if (sizeBytes === 0) throw new PoolError('expected a signed transaction, found no bytes')
  if (sizeBytes > transactionBytesMax)
    throw new PoolError(`oversized data: transaction size ${sizeBytes}, limit ${transactionBytesMax}`)
  const bytes = hexToBytes(raw)
  const first = bytes[0] as number
  // Deposits come from L1 only and blobs are disabled (specs/protocol/exec-engine.md).
  if (first === 0x7e || first === 0x03)
    throw new PoolError(`transaction type not supported: 0x${first.toString(16).padStart(2, '0')}`)
  const transaction = parse(bytes, common)
  const { maxFeePerGas, maxPriorityFeePerGas } = feesOf(transaction)
  return {
    raw,
    hash: keccak256(bytes),
    type: transaction.type,
    chainId: chainIdOf(transaction),
    from: senderOf(transaction),
    to: transaction.to === undefined ? null : (transaction.to.toString() as Address),
    nonce: transaction.nonce,
    value: transaction.value,
    gasLimit: transaction.gasLimit,
    minimumGas: transaction.getMinimumGasLimit(),
    maxFeePerGas,
    maxPriorityFeePerGas,
    sizeBytes,
  }
}

function parse(bytes: Uint8Array, common: Common): TypedTransaction {
  let transaction: TypedTransaction
  try {
    transaction = createTxFromRLP(bytes, { common, freeze: false })
  } catch (error) {
    throw new PoolError(`the transaction cannot be decoded: ${errorText(error)}`)
  }
  if (!transaction.isSigned()) throw new PoolError('the transaction is not signed')
  // A lenient decoder must not let two encodings of one transaction in.
  if (bytesToHex(transaction.serialize()) !== bytesToHex(bytes))
    throw new PoolError('the transaction is not in its canonical encoding')
  return transaction
}

function senderOf(transaction: TypedTransaction): Address {
  try {
    return transaction.getSenderAddress().toString() as Address
  } catch (error) {
    throw new PoolError(`invalid sender: ${errorText(error)}`)
  }
}

function feesOf(transaction: TypedTransaction): { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint } {
  if ('maxFeePerGas' in transaction)
    return {
      maxFeePerGas: transaction.maxFeePerGas,
      maxPriorityFeePerGas: transaction.maxPriorityFeePerGas,
    }
  return { maxFeePerGas: transaction.gasPrice, maxPriorityFeePerGas: transaction.gasPrice }
}

function chainIdOf(transaction: TypedTransaction): bigint | undefined {
  if ('chainId' in transaction) return transaction.chainId
  return transaction.supports(Capability.EIP155ReplayProtection) ? transaction.common.chainId() : undefined
}

/** What the sender pays per gas above the base fee; negative when the transaction cannot be included. */
export function effectiveTip(transaction: PoolTransaction, baseFee: bigint): bigint {
  const room = transaction.maxFeePerGas - baseFee
  return room < transaction.maxPriorityFeePerGas ? room : transaction.maxPriorityFeePerGas
}

/** The most that the sender can pay on L2, without the L1 and operator fees. */
export function maximumCost(transaction: PoolTransaction): bigint {
  return transaction.gasLimit * transaction.maxFeePerGas + transaction.value
}
