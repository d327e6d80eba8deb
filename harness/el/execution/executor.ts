import type { Hash, Hex } from 'viem'
import { systemEventLoop } from '../../../node/adapters/system/system-event-loop.ts'
import { createTurns, type Turn } from '../../../node/concurrency/turns.ts'
import { isForkActive } from '../../../node/config/forks.ts'
import { emptyTrieRoot } from '../../../node/protocol/ordered-trie-root.ts'
import type { PayloadAttributes, PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { type BlockHeader, hashHeader, payloadFromHeader } from '../chain/header.ts'
import { isActivationBlock } from './activation-block.ts'
import { ancestorHashes } from './ancestors.ts'
import { blobPrice } from './blob-gas.ts'
import { BlockExecution, type BlockResult } from './block-execution.ts'
import { CallGate, unlimitedCalls } from './call-gate.ts'
import { TransactionDecoder } from './decode-transaction.ts'
import { allocate } from './genesis-state.ts'
import {
  checkAfterRun,
  checkBeforeRun,
  expectEqual,
  finishHeader,
  type HeaderStart,
  startFromAttributes,
} from './header-fields.ts'
import { type Machine, MachinePool } from './machine.ts'
import { fillFromPool } from './pool-filling.ts'
import { StateReader } from './state/state-reader.ts'
import { createStateView } from './state-view.ts'
import { watchSteps } from './step-watch.ts'
import { beginBlock } from './system-calls.ts'
import { TransactionError, transactionTypes } from './transaction.ts'
import {
  type BuildOptions,
  type BuiltBlock,
  type ExecutedBlock,
  type Executor,
  type ExecutorOptions,
  type Genesis,
  InvalidBlockError,
  type StateView,
} from './types.ts'

/**
 * Executes and builds OP Stack blocks of every fork from Bedrock to Karst on a store of states.
 * Nothing is written before a block is known to be good, so a block that fails leaves no trace.
 */
export function createExecutor(options: ExecutorOptions): Executor {
  return new OpExecutor(options)
}

class OpExecutor implements Executor {
  readonly config
  readonly #store
  readonly #header
  readonly #reader: StateReader
  readonly #machines: MachinePool
  readonly #decoder: TransactionDecoder
  readonly #turn: Turn
  readonly #calls: CallGate

  constructor({ config, store, header, decoder, calls, turn }: ExecutorOptions) {
    this.config = config
    this.#store = store
    this.#header = header
    this.#reader = new StateReader(store)
    this.#machines = new MachinePool(config, this.#reader)
    this.#decoder = decoder ?? new TransactionDecoder(config.chainId, config.blobs?.max)
    this.#turn = turn ?? createTurns(systemEventLoop)
    this.#calls = new CallGate(calls ?? unlimitedCalls, this.#turn)
  }

  async initGenesis(genesis: Genesis): Promise<ExecutedBlock> {
    const { root, messagePasserRoot, batch } = allocate(this.#reader, genesis.alloc)
    await this.#store.write(batch)
    return genesisBlock(genesis, root, messagePasserRoot)
  }

  async execute(parent: BlockHeader, envelope: PayloadEnvelope): Promise<ExecutedBlock> {
    const { payload } = envelope
    const start = checkBeforeRun(this.config, parent, hashHeader(parent), envelope)
    checkOrder(payload.transactions)
    const { block, result } = await this.#run(parent, start, (execution) =>
      this.#runAll(execution, payload.transactions),
    )
    checkAfterRun(block.header, payload)
    expectEqual('blockHash', block.hash, payload.blockHash)
    await this.#store.write(result.batch)
    return block
  }

  async build(
    parent: BlockHeader,
    attributes: PayloadAttributes,
    options: BuildOptions,
  ): Promise<BuiltBlock> {
    const start = startFromAttributes(this.config, parent, hashHeader(parent), attributes)
    checkOrder(attributes.transactions)
    const { block, result, value } = await this.#run(parent, start, async (execution, machine) => {
      await this.#runAll(execution, attributes.transactions)
      const takesPool = !attributes.noTxPool && !execution.isActivationBlock
      return !takesPool ? [] : await fillFromPool(execution, machine, this.#decoder, this.#turn, options)
    })
    await this.#store.write(result.batch)
    return { block, rejected: value }
  }

  view(header: BlockHeader): StateView {
    this.#expectState(header)
    return createStateView({
      reader: this.#reader,
      machines: this.#machines,
      calls: this.#calls,
      header,
      isKarst: isForkActive(this.config.forks, 'karst', header.timestamp),
      chainId: this.config.chainId,
      blockHash: ancestorHashes(this.#header, hashHeader(header), header),
    })
  }

  hasState(stateRoot: Hash): boolean {
    return stateRoot === emptyTrieRoot || this.#store.node(stateRoot) !== undefined
  }

  async #run<T>(
    parent: BlockHeader,
    start: HeaderStart,
    body: (execution: BlockExecution, machine: Machine) => Promise<T>,
  ): Promise<{ readonly block: ExecutedBlock; readonly result: BlockResult; readonly value: T }> {
    this.#expectState(parent)
    const blockHash = ancestorHashes(this.#header, start.parentHash, parent)
    using _ = this.#calls.blockWork()
    const environment = { ...start, blobBaseFee: blobPrice(this.config.blobs, start.excessBlobGas) }
    return await this.#machines.use(parent.stateRoot, environment, blockHash, async (machine) => {
      // Nothing is written before the end, so that who gets a turn in between sees the state of before.
      using _watch = watchSteps(machine.evm, this.#turn)
      beginBlock(this.config, machine, start.parentHash, start.parentBeaconBlockRoot)
      const isActivation = isActivationBlock(this.config.forks, parent.timestamp, start.timestamp)
      const execution = new BlockExecution(this.config, machine, isActivation)
      const value = await body(execution, machine)
      const result = execution.finish()
      const header = finishHeader(this.config, start, result)
      const hash = hashHeader(header)
      const { transactions, receipts } = result
      const envelope = payloadFromHeader(
        header,
        hash,
        transactions.map(({ raw }) => raw),
      )
      return { block: { hash, header, envelope, transactions, receipts }, result, value }
    })
  }

  /**
   * Transactions that must all hold. Each is decoded when it is its turn: to find the senders of a block takes as long as
   * to execute it.
   * @throws InvalidBlockError for the first that does not hold.
   */
  async #runAll(execution: BlockExecution, transactions: readonly Hex[]): Promise<void> {
    for (const [index, raw] of transactions.entries()) {
      await this.#turn()
      try {
        await execution.run(this.#decoder.decode(raw))
      } catch (error) {
        throw asInvalid(index, error)
      }
    }
  }

  #expectState({ number, stateRoot }: BlockHeader): void {
    if (!this.hasState(stateRoot))
      throw new Error(`expected the state of block ${number} (root ${stateRoot}) in the store, found none`)
  }
}

/** The block of a genesis whose allocation has these roots. */
export function genesisBlock(
  { config, header: given }: Genesis,
  stateRoot: Hash,
  messagePasserRoot: Hash,
): ExecutedBlock {
  const isIsthmus = isForkActive(config.forks, 'isthmus', given.timestamp)
  const header: BlockHeader = {
    ...given,
    stateRoot,
    ...(isIsthmus ? { withdrawalsRoot: messagePasserRoot } : {}),
  }
  const hash = hashHeader(header)
  return { hash, header, envelope: payloadFromHeader(header, hash, []), transactions: [], receipts: [] }
}

/** @throws InvalidBlockError when a deposit follows a user transaction (deposits.md, "Kinds of Deposited Transactions"). */
export function checkOrder(transactions: readonly Hex[]): void {
  const firstSigned = transactions.findIndex((raw) => !isDeposit(raw))
  const lastDeposit = transactions.findLastIndex(isDeposit)
  if (firstSigned !== -1 && lastDeposit > firstSigned)
    throw new InvalidBlockError(
      `transactions: expected all deposits first, found deposit ${lastDeposit} after user transaction ${firstSigned}`,
    )
}

const isDeposit = (raw: Hex) => Number(raw.slice(0, 4)) === transactionTypes.deposit

/** A transaction that cannot be in the block makes a block that must hold it invalid; anything else is as it was. */
export function asInvalid(index: number, error: unknown): unknown {
  if (!(error instanceof TransactionError)) return error
  return new InvalidBlockError(`transaction ${index}: ${error.message}`, { cause: error })
}
