import type { Address, Hash, Hex } from 'viem'

/** EIP-2718 types. An OP Stack chain has no blob transactions (exec-engine.md, "Ecotone"); the L1 of a simulated world has. */
export const transactionTypes = {
  legacy: 0,
  accessList: 1,
  dynamicFee: 2,
  blob: 3,
  setCode: 4,
  deposit: 0x7e,
} as const

interface TransactionBase {
  /** EIP-2718 encoding. */
  readonly raw: Hex
  readonly bytes: Uint8Array
  readonly hash: Hash
  readonly type: number
  readonly from: Address
  /** `null` creates a contract. */
  readonly to: Address | null
  /** Gas limit. */
  readonly gas: bigint
  /** Wei. */
  readonly value: bigint
  readonly data: Uint8Array
}

/** A transaction that its sender signed and pays for. */
export interface SignedTransaction extends TransactionBase {
  readonly kind: 'signed'
  readonly nonce: bigint
  /** Wei per gas; the gas price of the older types. */
  readonly maxFeePerGas: bigint
  /** Wei per gas; the gas price of the older types. */
  readonly maxPriorityFeePerGas: bigint
  readonly accessList: readonly AccessListEntry[]
  /** Only of type 3. */
  readonly blobs?: TransactionBlobs
  /** Only of type 4. */
  readonly authorizations?: readonly Authorization[]
}

/** A transaction that L1 forces in and has paid for. Source: specs/protocol/deposits.md. */
export interface DepositedTransaction extends TransactionBase {
  readonly kind: 'deposit'
  /** Wei. */
  readonly mint: bigint
  readonly isSystemTransaction: boolean
}

export type Transaction = SignedTransaction | DepositedTransaction

/** What a blob transaction names and offers for it (EIP-4844); the blobs themselves are elsewhere. */
export interface TransactionBlobs {
  readonly versionedHashes: readonly Hash[]
  /** Wei per blob gas. */
  readonly maxFeePerBlobGas: bigint
}

/** EIP-2930. */
export interface AccessListEntry {
  readonly address: Address
  readonly slots: readonly Hex[]
}

/** EIP-7702: `authority` is null when nobody can have signed it. */
export interface Authorization {
  readonly chainId: bigint
  readonly address: Address
  readonly nonce: bigint
  readonly authority: Address | null
}

/** Why a transaction cannot be in the block. */
export type TransactionProblem =
  | 'undecodable'
  | 'unsupported type'
  | 'wrong chain id'
  | 'nonce too low'
  | 'nonce too high'
  | 'nonce at its maximum'
  | 'sender is a contract'
  | 'priority fee above fee cap'
  | 'fee cap below base fee'
  | 'insufficient funds'
  | 'intrinsic gas too low'
  | 'gas below calldata floor'
  | 'gas limit above the cap'
  | 'init code too long'
  | 'no authorizations'
  | 'blobs out of bounds'
  | 'blob fee cap below blob base fee'
  | 'block blob limit reached'
  | 'block gas limit reached'
  | 'block DA footprint limit reached'
  | 'activation block'

/** Problems that may be gone in a later block: the pool keeps such a transaction. */
const temporaryProblems: ReadonlySet<TransactionProblem> = new Set<TransactionProblem>([
  'nonce too high',
  'fee cap below base fee',
  'blob fee cap below blob base fee',
  'block blob limit reached',
  'block gas limit reached',
  'block DA footprint limit reached',
  'activation block',
])

/** The transaction cannot be in this block; the state is as it was before. */
export class TransactionError extends Error {
  override readonly name = 'TransactionError'
  readonly problem: TransactionProblem
  constructor(problem: TransactionProblem, detail: string) {
    super(`${problem}: ${detail}`)
    this.problem = problem
  }

  get isTemporary(): boolean {
    return temporaryProblems.has(this.problem)
  }
}
