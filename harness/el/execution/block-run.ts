import { Account, type Address, createAddressFromString, setLengthLeft } from '@ethereumjs/util'
import type { Bloom } from '@ethereumjs/vm'
import { runTx } from '@ethereumjs/vm'
import type { Hash, Address as HexAddress } from 'viem'
import { isForkActive } from '../../../node/config/forks.ts'
import { bytesToHex, uintToBytes } from '../../../node/protocol/bytes.ts'
import { depositTransactionType } from '../../../node/protocol/deposit-transaction.ts'
import { emptyTrieRoot } from '../../../node/protocol/ordered-trie-root.ts'
import { predeploys } from '../../../node/protocol/predeploys.ts'
import type { BlockMachine, EvmBlock } from './block-machine.ts'
import { runDeposit } from './deposit.ts'
import { daFootprint, type L1FeeState, l1Fee, operatorFee, readL1FeeState } from './fees.ts'
import { bloomOf, type EvmLog, encodeReceipt, logFromEvm } from './receipt.ts'
import { StateMissingError } from './state-store.ts'
import { type DecodedTransaction, describeTransaction } from './transaction.ts'
import type { ElConfig, ExecutedTransaction, Receipt } from './types.ts'

/** A transaction does not hold on this block. Nothing of it remains in the state. */
export class InvalidTransactionError extends Error {
  override readonly name = 'InvalidTransactionError'
}

/** The transaction holds, but there is no room left for it in this block. */
export class BlockFullError extends Error {
  override readonly name = 'BlockFullError'
}

const l1Block = createAddressFromString(predeploys.l1Block)
const baseFeeVault = createAddressFromString(predeploys.baseFeeVault)
const l1FeeVault = createAddressFromString(predeploys.l1FeeVault)
const operatorFeeVault = createAddressFromString(predeploys.operatorFeeVault)
const messagePasser = createAddressFromString(predeploys.l2ToL1MessagePasser)

/** The transactions of one block, run one after the other on one state. */
export class BlockRun {
  readonly transactions: ExecutedTransaction[] = []
  readonly receipts: Receipt[] = []
  readonly #config: ElConfig
  readonly #machine: BlockMachine
  readonly #block: EvmBlock
  #gasUsed = 0n
  #footprint = 0n
  #bloom: Bloom | null = null
  #fees: L1FeeState | null = null

  constructor(config: ElConfig, machine: BlockMachine, block: EvmBlock) {
    this.#config = config
    this.#machine = machine
    this.#block = block
  }

  get gasUsed(): bigint {
    return this.#gasUsed
  }

  /** Jovian; zero before. */
  get daFootprint(): bigint {
    return this.#footprint
  }

  get logsBloom(): Uint8Array {
    return this.#bloom?.bitvector ?? new Uint8Array(256)
  }

  /**
   * @throws InvalidTransactionError or BlockFullError; the state is then as before. Any other error means that the
   * engine itself failed: the machine must not be used again.
   */
  async run(transaction: DecodedTransaction): Promise<void> {
    const gasLimit = transaction.kind === 'deposit' ? transaction.deposit.gas : transaction.signed.gasLimit
    const isSystem = transaction.kind === 'deposit' && transaction.deposit.isSystemTransaction
    if (!isSystem && this.#gasUsed + gasLimit > this.#block.header.gasLimit)
      throw new BlockFullError(
        `a transaction with gas limit ${gasLimit} does not fit: ${this.#gasUsed} of ${this.#block.header.gasLimit} is used`,
      )
    if (transaction.kind === 'deposit') await this.#runDeposit(transaction)
    else await this.#runSigned(transaction)
  }

  /** The storage root that Isthmus puts into the header's `withdrawalsRoot`; only right after the state's flush. */
  async messagePasserStorageRoot(): Promise<Hash> {
    const account = await this.#machine.state.getAccount(messagePasser)
    return account === undefined ? emptyTrieRoot : bytesToHex(account.storageRoot)
  }

  async #runDeposit(transaction: DecodedTransaction & { kind: 'deposit' }): Promise<void> {
    const { forks } = this.#config
    const result = await runDeposit(this.#config, this.#machine, this.#block, transaction.deposit)
    // A deposit may be the one that sets the L1 block's values.
    this.#fees = null
    const { timestamp } = this.#block.header
    this.#add(transaction, result.nonce, result.logs, {
      type: depositTransactionType,
      status: result.status,
      gasUsed: result.gasUsed,
      effectiveGasPrice: 0n,
      contractAddress: transaction.deposit.to === null ? hexAddress(result.createdAddress) : null,
      ...(isForkActive(forks, 'regolith', timestamp) ? { depositNonce: result.nonce } : {}),
      ...(isForkActive(forks, 'canyon', timestamp) ? { depositReceiptVersion: 1n } : {}),
    })
  }

  async #runSigned(transaction: DecodedTransaction & { kind: 'signed' }): Promise<void> {
    const { forks } = this.#config
    const { vm, state, evm } = this.#machine
    const { signed, bytes } = transaction
    const { timestamp, baseFeePerGas } = this.#block.header
    this.#fees ??= await this.#readFees()
    const fees = this.#fees
    const footprint = daFootprint(forks, timestamp, fees, bytes)
    if (this.#footprint + footprint > this.#block.header.gasLimit)
      throw new BlockFullError(
        `a transaction with DA footprint ${footprint} does not fit: ${this.#footprint} is used`,
      )
    const sender = signed.getSenderAddress()
    const dataFee = l1Fee(forks, timestamp, fees, bytes)
    const operatorFeeMax = operatorFee(forks, timestamp, fees, signed.gasLimit)
    const mark = state.mark()
    let result: Awaited<ReturnType<typeof runTx>>
    try {
      await this.#pay(sender, -(dataFee.l1Fee + operatorFeeMax))
      result = await runTx(vm, {
        tx: signed,
        block: this.#block as never,
        skipBlockGasLimitValidation: true,
        skipHardForkValidation: true,
        blockGasUsed: this.#gasUsed,
      })
    } catch (error) {
      state.revertTo(mark)
      evm.journal.cleanJournal()
      state.originalStorageCache.clear()
      if (error instanceof StateMissingError) throw error
      throw new InvalidTransactionError(error instanceof Error ? error.message : String(error), {
        cause: error,
      })
    }
    const gasUsed = result.totalGasSpent
    const operator = operatorFee(forks, timestamp, fees, gasUsed)
    await this.#pay(sender, operatorFeeMax - operator)
    await this.#pay(baseFeeVault, (baseFeePerGas ?? 0n) * gasUsed)
    await this.#pay(l1FeeVault, dataFee.l1Fee)
    if (operator > 0n) await this.#pay(operatorFeeVault, operator)
    this.#footprint += footprint
    this.#add(transaction, signed.nonce, (result.execResult.logs ?? []) as EvmLog[], {
      type: signed.type,
      status: result.execResult.exceptionError === undefined ? 1 : 0,
      gasUsed,
      effectiveGasPrice: effectiveGasPrice(signed, baseFeePerGas ?? 0n),
      contractAddress: signed.to === undefined ? hexAddress(result.createdAddress) : null,
      l1Fee: dataFee,
      ...(fees.operatorFeeScalar > 0n || fees.operatorFeeConstant > 0n
        ? { operatorFee: { scalar: fees.operatorFeeScalar, constant: fees.operatorFeeConstant } }
        : {}),
      ...(isForkActive(forks, 'jovian', timestamp) ? { daFootprint: footprint } : {}),
    })
  }

  #add(
    transaction: DecodedTransaction,
    nonce: bigint,
    logs: readonly EvmLog[],
    receipt: Omit<Receipt, 'cumulativeGasUsed' | 'logs' | 'logsBloom' | 'encoded'>,
  ): void {
    const bloom = bloomOf(logs)
    if (this.#bloom === null) this.#bloom = bloom
    else this.#bloom.or(bloom)
    this.#gasUsed += receipt.gasUsed
    const complete = {
      ...receipt,
      cumulativeGasUsed: this.#gasUsed,
      logsBloom: bytesToHex(Uint8Array.from(bloom.bitvector)),
    }
    this.transactions.push(describeTransaction(transaction, nonce))
    this.receipts.push({ ...complete, logs: logs.map(logFromEvm), encoded: encodeReceipt(complete, logs) })
  }

  #readFees(): Promise<L1FeeState> {
    return readL1FeeState(this.#config.forks, this.#block.header.timestamp, async (slot) =>
      setLengthLeft(await this.#machine.state.getStorage(l1Block, uintToBytes(slot, 32)), 32),
    )
  }

  /** @throws Error when the account has less than what is taken from it. */
  async #pay(address: Address, amount: bigint): Promise<void> {
    if (amount === 0n) return
    const account = (await this.#machine.state.getAccount(address)) ?? new Account()
    if (account.balance + amount < 0n)
      throw new Error(
        `insufficient funds: the balance of ${address} is ${account.balance}, the L1 and operator fee ${-amount}`,
      )
    account.balance += amount
    await this.#machine.state.putAccount(address, account)
  }
}

function hexAddress(address: Address | undefined): HexAddress | null {
  return address === undefined ? null : (bytesToHex(address.bytes) as HexAddress)
}

function effectiveGasPrice(
  signed: {
    readonly gasPrice?: bigint
    readonly maxFeePerGas?: bigint
    readonly maxPriorityFeePerGas?: bigint
  },
  baseFee: bigint,
): bigint {
  if (signed.maxFeePerGas === undefined) return signed.gasPrice ?? 0n
  const price = baseFee + (signed.maxPriorityFeePerGas ?? 0n)
  return price < signed.maxFeePerGas ? price : signed.maxFeePerGas
}
