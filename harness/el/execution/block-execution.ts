import type { Hash } from 'viem'
import { bytesToHex, uintToBytes } from '../../../node/protocol/bytes.ts'
import { emptyTrieRoot } from '../../../node/protocol/ordered-trie-root.ts'
import { predeploys } from '../../../node/protocol/predeploys.ts'
import { gasPerBlob } from './blob-gas.ts'
import { DaFootprint } from './da-footprint.ts'
import { createdAddress } from './decode-transaction.ts'
import { runDeposit } from './deposit.ts'
import { type L1FeeState, l1Fee, operatorFee, readL1FeeState } from './fees.ts'
import type { Machine } from './machine.ts'
import { bloomOf, type EvmLog, encodeReceipt, logFromEvm, mergeBloom } from './receipt.ts'
import { blobGasOf, runSigned } from './signed.ts'
import {
  type DepositedTransaction,
  type SignedTransaction,
  type Transaction,
  TransactionError,
} from './transaction.ts'
import type { ElConfig, ExecutedTransaction, Receipt, StateBatch } from './types.ts'

/** What the transactions of a block brought. */
export interface BlockResult {
  readonly stateRoot: Hash
  /** Storage root of the L2ToL1MessagePasser; that of an empty trie before Isthmus. */
  readonly messagePasserRoot: Hash
  readonly batch: StateBatch
  readonly gasUsed: bigint
  /** EIP-4844. */
  readonly blobGasUsed: bigint
  /** Jovian; 0 before. */
  readonly daFootprint: bigint
  readonly logsBloom: Uint8Array
  readonly transactions: readonly ExecutedTransaction[]
  readonly receipts: readonly Receipt[]
}

/** Runs the transactions of one block, one after the other, on one state. */
export class BlockExecution {
  /** Takes no user transactions: see `isActivationBlock`. */
  readonly isActivationBlock: boolean
  readonly #config: ElConfig
  readonly #machine: Machine
  readonly #transactions: ExecutedTransaction[] = []
  readonly #receipts: Receipt[] = []
  readonly #logsBloom = new Uint8Array(256)
  #gasUsed = 0n
  #blobGasUsed = 0n
  #gasLeft: bigint
  #fees: L1FeeState | undefined
  #footprint: DaFootprint | undefined

  constructor(config: ElConfig, machine: Machine, isActivationBlock: boolean) {
    this.isActivationBlock = isActivationBlock
    this.#config = config
    this.#machine = machine
    this.#gasLeft = machine.environment.gasLimit
  }

  /** What the block's gas limit leaves. */
  get gasLeft(): bigint {
    return this.#gasLeft
  }

  get count(): number {
    return this.#transactions.length
  }

  /**
   * @throws TransactionError when the transaction cannot be in this block, which is then as before; InvalidBlockError
   * when the block's first transaction makes the whole block invalid; anything else means that the engine failed.
   */
  async run(transaction: Transaction): Promise<void> {
    if (this.#machine.rules.isJovian) this.#footprint ??= new DaFootprint(transaction)
    if (transaction.kind === 'deposit') await this.#runDeposit(transaction)
    else await this.#runSigned(transaction)
  }

  /**
   * The end of the block; nothing runs after it.
   * @throws InvalidBlockError when a Jovian block is empty.
   */
  finish(): BlockResult {
    const { state, rules } = this.#machine
    if (rules.isJovian) this.#footprint ??= new DaFootprint(undefined)
    const { root, batch } = state.seal()
    // A witness of an earlier fork does not hold it.
    const messagePasser = rules.isIsthmus ? state.account(predeploys.l2ToL1MessagePasser) : undefined
    return {
      stateRoot: root,
      messagePasserRoot: messagePasser === undefined ? emptyTrieRoot : bytesToHex(messagePasser.storageRoot),
      batch,
      gasUsed: this.#gasUsed,
      blobGasUsed: this.#blobGasUsed,
      daFootprint: this.#footprint?.total ?? 0n,
      logsBloom: this.#logsBloom,
      transactions: this.#transactions,
      receipts: this.#receipts,
    }
  }

  async #runDeposit(deposit: DepositedTransaction): Promise<void> {
    const { rules } = this.#machine
    const result = await runDeposit(this.#machine, deposit, this.#gasLeft)
    this.#gasLeft -= result.poolGas
    // deposits.md: before Regolith nobody is told the nonce, and a created contract's address is reported as if it were 0.
    const nonce = rules.isRegolith ? result.nonce : 0n
    this.#add(deposit, nonce, result.logs, {
      type: deposit.type,
      status: result.status,
      gasUsed: result.gasUsed,
      effectiveGasPrice: 0n,
      contractAddress: deposit.to === null ? createdAddress(deposit.from, nonce) : null,
      ...(rules.isRegolith ? { depositNonce: nonce } : {}),
      ...(rules.isCanyon ? { depositReceiptVersion: 1n } : {}),
    })
  }

  async #runSigned(transaction: SignedTransaction): Promise<void> {
    const { environment } = this.#machine
    const { forks, chainId } = this.#config
    const { timestamp, gasLimit } = environment
    if (this.isActivationBlock)
      throw new TransactionError('activation block', 'the first block of a fork takes deposits only')
    const blobGas = blobGasOf(transaction)
    const blobGasMax = (this.#config.blobs?.max ?? 0n) * gasPerBlob
    if (this.#blobGasUsed + blobGas > blobGasMax)
      throw new TransactionError(
        'block blob limit reached',
        `${blobGas} blob gas wanted, ${blobGasMax - this.#blobGasUsed} are left`,
      )
    const footprint = this.#footprint?.check(transaction.bytes, gasLimit)
    // Asked for at the first transaction that pays: the deposits before it have set the new values.
    this.#fees ??= await this.#readFees()
    const fees = this.#fees
    const dataFee = l1Fee(forks, timestamp, fees, transaction.bytes)
    const result = await runSigned(
      this.#machine,
      chainId,
      transaction,
      { l1Fee: dataFee.l1Fee, operatorFee: (gas) => operatorFee(forks, timestamp, fees, gas) },
      this.#gasLeft,
    )
    this.#gasLeft -= result.gasUsed
    this.#blobGasUsed += blobGas
    if (footprint !== undefined) this.#footprint?.add(footprint)
    const { from, to, nonce, type } = transaction
    this.#add(transaction, nonce, result.logs, {
      type,
      status: result.status,
      gasUsed: result.gasUsed,
      effectiveGasPrice: result.effectiveGasPrice,
      contractAddress: to === null ? createdAddress(from, nonce) : null,
      l1Fee: dataFee,
      ...(fees.operatorFeeScalar > 0n || fees.operatorFeeConstant > 0n
        ? { operatorFee: { scalar: fees.operatorFeeScalar, constant: fees.operatorFeeConstant } }
        : {}),
      ...(footprint === undefined ? {} : { daFootprint: footprint }),
    })
  }

  #add(
    { raw, hash, type, from, to }: Transaction,
    nonce: bigint,
    logs: readonly EvmLog[],
    receipt: Omit<Receipt, 'cumulativeGasUsed' | 'logs' | 'logsBloom' | 'encoded'>,
  ): void {
    this.#gasUsed += receipt.gasUsed
    const bloom = bloomOf(logs)
    mergeBloom(this.#logsBloom, bloom)
    const complete = { ...receipt, cumulativeGasUsed: this.#gasUsed, logsBloom: bytesToHex(bloom) }
    this.#transactions.push({ raw, hash, type, from, to, nonce })
    this.#receipts.push({ ...complete, logs: logs.map(logFromEvm), encoded: encodeReceipt(complete, logs) })
  }

  #readFees(): Promise<L1FeeState> {
    const { state, environment } = this.#machine
    return readL1FeeState(this.#config.forks, environment.timestamp, async (slot) => {
      const word = new Uint8Array(32)
      const value = state.slot(predeploys.l1Block, bytesToHex(uintToBytes(slot, 32)))
      word.set(value, 32 - value.length)
      return word
    })
  }
}
