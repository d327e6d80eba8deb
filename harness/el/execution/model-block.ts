import type { Address } from 'viem'
import { type ForkSchedule, isForkActive } from '../../../node/config/forks.ts'
import { bytesToHex } from '../../../node/protocol/bytes.ts'
import { DaFootprint } from './da-footprint.ts'
import { createdAddress } from './decode-transaction.ts'
import type { HeaderStart } from './header-fields.ts'
import { gasBounds } from './intrinsic-gas.ts'
import { encodeReceipt } from './receipt.ts'
import { type SignedTransaction, type Transaction, TransactionError } from './transaction.ts'
import type { ExecutedTransaction, Receipt } from './types.ts'

export interface ModelBlockOptions {
  readonly forks: ForkSchedule
  readonly start: HeaderStart
  /** Takes no user transactions: see `isActivationBlock`. */
  readonly isActivationBlock: boolean
  /** Of the parent's state. */
  readonly nonces: ReadonlyMap<Address, bigint>
  readonly nonceAtGenesis: (address: Address) => bigint
}

const noBloom = bytesToHex(new Uint8Array(256))

/** The transactions of one block of the model executor, one after the other. What it does not look at, it says. */
export class ModelBlock {
  readonly isActivationBlock: boolean
  readonly transactions: ExecutedTransaction[] = []
  readonly receipts: Receipt[] = []
  readonly nonces: Map<Address, bigint>
  gasUsed = 0n
  readonly #options: ModelBlockOptions
  readonly #rules: Readonly<Record<'canyon' | 'isthmus' | 'jovian' | 'regolith', boolean>>
  #footprint: DaFootprint | undefined

  constructor(options: ModelBlockOptions) {
    const { forks, start } = options
    const active = (fork: 'canyon' | 'isthmus' | 'jovian' | 'regolith') =>
      isForkActive(forks, fork, start.timestamp)
    this.#options = options
    this.isActivationBlock = options.isActivationBlock
    this.nonces = new Map(options.nonces)
    this.#rules = {
      ...{ canyon: active('canyon'), isthmus: active('isthmus') },
      ...{ jovian: active('jovian'), regolith: active('regolith') },
    }
  }

  /** Jovian; 0 before. @throws InvalidBlockError when a Jovian block is empty. */
  get daFootprint(): bigint {
    if (this.#rules.jovian) this.#footprint ??= new DaFootprint(undefined)
    return this.#footprint?.total ?? 0n
  }

  /**
   * @throws TransactionError when the transaction cannot be in this block, which is then as before; InvalidBlockError
   * when the block's first transaction makes the whole block invalid.
   */
  add(transaction: Transaction): void {
    const { canyon, isthmus, jovian, regolith } = this.#rules
    if (jovian) this.#footprint ??= new DaFootprint(transaction)
    const { from, gas } = transaction
    const isDeposit = transaction.kind === 'deposit'
    const { intrinsic, floor } = gasBounds(transaction, canyon, isthmus)
    const price = intrinsic > floor ? intrinsic : floor
    const nonce = this.nonces.get(from) ?? this.#options.nonceAtGenesis(from)
    const gasLeft = this.#options.start.gasLimit - this.gasUsed
    if (gas > gasLeft)
      throw new TransactionError(
        'block gas limit reached',
        `${transaction.kind} of ${gas} gas, ${gasLeft} are left`,
      )
    const footprint = transaction.kind === 'signed' ? this.#checkSigned(transaction, nonce, price) : undefined
    if (footprint !== undefined) this.#footprint?.add(footprint)
    // A deposit that cannot pay for itself fails and costs all of its gas; it is in the block all the same.
    const fails = isDeposit && gas < price
    const gasUsed = fails ? gas : price
    this.gasUsed += gasUsed
    this.nonces.set(from, nonce + 1n)
    const { raw, hash, type, to } = transaction
    const receipt = {
      ...{ type, gasUsed, cumulativeGasUsed: this.gasUsed, logsBloom: noBloom },
      status: fails ? (0 as const) : (1 as const),
      contractAddress: to === null ? createdAddress(from, nonce) : null,
      effectiveGasPrice: transaction.kind === 'deposit' ? 0n : this.#priceOf(transaction),
      ...(isDeposit && regolith ? { depositNonce: nonce } : {}),
      ...(isDeposit && canyon ? { depositReceiptVersion: 1n } : {}),
    }
    this.transactions.push({ raw, hash, type, from, to, nonce })
    this.receipts.push({ ...receipt, logs: [], encoded: encodeReceipt(receipt, []) })
  }

  #priceOf({ maxFeePerGas, maxPriorityFeePerGas }: SignedTransaction): bigint {
    const offered = this.#options.start.baseFeePerGas + maxPriorityFeePerGas
    return offered < maxFeePerGas ? offered : maxFeePerGas
  }

  /** What of its DA footprint it brings; undefined before Jovian. */
  #checkSigned({ nonce: own, gas, maxFeePerGas, bytes }: SignedTransaction, nonce: bigint, price: bigint) {
    const { gasLimit, baseFeePerGas } = this.#options.start
    if (this.isActivationBlock)
      throw new TransactionError('activation block', 'the first block of a fork takes deposits only')
    if (own !== nonce)
      throw new TransactionError(
        own < nonce ? 'nonce too low' : 'nonce too high',
        `expected ${nonce}, found ${own}`,
      )
    if (maxFeePerGas < baseFeePerGas)
      throw new TransactionError(
        'fee cap below base fee',
        `expected at least ${baseFeePerGas}, found ${maxFeePerGas}`,
      )
    if (gas < price)
      throw new TransactionError('intrinsic gas too low', `expected at least ${price}, found ${gas}`)
    return this.#footprint?.check(bytes, gasLimit)
  }
}
