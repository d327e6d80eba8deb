import type { Hash } from 'viem'
import { isForkActive } from '../../../node/config/forks.ts'
import { emptyTrieRoot } from '../../../node/protocol/ordered-trie-root.ts'
import type { PayloadAttributes, PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { type BlockHeader, hashHeader, payloadFromHeader } from '../chain/header.ts'
import { isActivationBlock } from './activation-block.ts'
import { ancestorHashes } from './ancestors.ts'
import { BlockExecution, type BlockResult } from './block-execution.ts'
import { CallGate, unlimitedCalls } from './call-gate.ts'
import { TransactionDecoder } from './decode-transaction.ts'
import { type CreateTurns, createTurns } from './event-loop.ts'
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
import { type Transaction, TransactionError } from './transaction.ts'
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
  readonly #createTurns: CreateTurns
  readonly #calls: CallGate

  constructor({ config, store, header, decoder, calls, createTurns: turns }: ExecutorOptions) {
    this.config = config
    this.#store = store
    this.#header = header
    this.#reader = new StateReader(store)
    this.#machines = new MachinePool(config, this.#reader)
    this.#decoder = decoder ?? new TransactionDecoder(config.chainId)
    this.#createTurns = turns ?? createTurns
    this.#calls = new CallGate(calls ?? unlimitedCalls, this.#createTurns)
  }

  async initGenesis(genesis: Genesis): Promise<ExecutedBlock> {
    const { root, messagePasserRoot, batch } = allocate(this.#reader, genesis.alloc)
    await this.#store.write(batch)
    const isIsthmus = isForkActive(this.config.forks, 'isthmus', genesis.header.timestamp)
    const header: BlockHeader = {
      ...genesis.header,
      stateRoot: root,
      ...(isIsthmus ? { withdrawalsRoot: messagePasserRoot } : {}),
    }
    const hash = hashHeader(header)
    const envelope = payloadFromHeader(header, hash, [])
    return { hash, header, envelope, transactions: [], receipts: [] }
  }

  async execute(parent: BlockHeader, envelope: PayloadEnvelope): Promise<ExecutedBlock> {
    const { payload } = envelope
    const start = checkBeforeRun(this.config, parent, hashHeader(parent), envelope)
    const transactions = payload.transactions.map((raw, index) =>
      orInvalid(index, () => this.#decoder.decode(raw)),
    )
    checkOrder(transactions)
    const { block, result } = await this.#run(parent, start, async (execution, _, turn) => {
      await runAll(execution, transactions, turn)
    })
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
    const forced = attributes.transactions.map((raw, index) =>
      orInvalid(index, () => this.#decoder.decode(raw)),
    )
    checkOrder(forced)
    const { block, result, value } = await this.#run(parent, start, async (execution, machine, turn) => {
      await runAll(execution, forced, turn)
      const takesPool = !attributes.noTxPool && !execution.isActivationBlock
      return !takesPool ? [] : await fillFromPool(execution, machine, this.#decoder, turn, options)
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
    body: (execution: BlockExecution, machine: Machine, turn: () => Promise<void>) => Promise<T>,
  ): Promise<{ readonly block: ExecutedBlock; readonly result: BlockResult; readonly value: T }> {
    this.#expectState(parent)
    const blockHash = ancestorHashes(this.#header, start.parentHash, parent)
    using _ = this.#calls.blockWork()
    return await this.#machines.use(parent.stateRoot, start, blockHash, async (machine) => {
      const turn = this.#createTurns()
      // Nothing is written before the end, so that who gets a turn in between sees the state of before.
      using _watch = watchSteps(machine.evm, turn)
      beginBlock(this.config, machine, start.parentHash, start.parentBeaconBlockRoot)
      const isActivation = isActivationBlock(this.config.forks, parent.timestamp, start.timestamp)
      const execution = new BlockExecution(this.config, machine, isActivation)
      const value = await body(execution, machine, turn)
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

  #expectState({ number, stateRoot }: BlockHeader): void {
    if (!this.hasState(stateRoot))
      throw new Error(`expected the state of block ${number} (root ${stateRoot}) in the store, found none`)
  }
}

/** Transactions that must all hold. @throws InvalidBlockError for the first that does not. */
async function runAll(
  execution: BlockExecution,
  transactions: readonly Transaction[],
  turn: () => Promise<void>,
): Promise<void> {
  for (const [index, transaction] of transactions.entries()) {
    await turn()
    try {
      await execution.run(transaction)
    } catch (error) {
      throw asInvalid(index, error)
    }
  }
}

/** @throws InvalidBlockError when a deposit follows a user transaction (deposits.md, "Kinds of Deposited Transactions"). */
function checkOrder(transactions: readonly Transaction[]): void {
  const firstSigned = transactions.findIndex(({ kind }) => kind === 'signed')
  const lastDeposit = transactions.findLastIndex(({ kind }) => kind === 'deposit')
  if (firstSigned !== -1 && lastDeposit > firstSigned)
    throw new InvalidBlockError(
      `transactions: expected all deposits first, found deposit ${lastDeposit} after user transaction ${firstSigned}`,
    )
}

function orInvalid<T>(index: number, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw asInvalid(index, error)
  }
}

function asInvalid(index: number, error: unknown): unknown {
  if (!(error instanceof TransactionError)) return error
  return new InvalidBlockError(`transaction ${index}: ${error.message}`, { cause: error })
}
