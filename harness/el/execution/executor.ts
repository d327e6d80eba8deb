import { createAddressFromString, hexToBytes, KECCAK256_RLP } from '@ethereumjs/util'
import type { Hash } from 'viem'
import { isForkActive } from '../../../node/config/forks.ts'
import { bytesToHex } from '../../../node/protocol/bytes.ts'
import { emptyTrieRoot } from '../../../node/protocol/ordered-trie-root.ts'
import { predeploys } from '../../../node/protocol/predeploys.ts'
import { type BlockHeader, hashHeader, payloadFromHeader } from '../chain/header.ts'
import { type BlockMachine, createBlockMachine, type EvmBlock } from './block-machine.ts'
import { BlockFullError, BlockRun, InvalidTransactionError } from './block-run.ts'
import { type ActiveFork, activeFork } from './hardfork.ts'
import {
  checkAfterRun,
  checkBeforeRun,
  expectEqual,
  finishHeader,
  type HeaderStart,
  startFromAttributes,
} from './header-fields.ts'
import { JournaledState } from './journaled-state.ts'
import { createStateView } from './state-view.ts'
import { runSystemCalls } from './system-calls.ts'
import { decodeTransaction } from './transaction.ts'
import {
  type BuildOptions,
  type BuiltBlock,
  type ExecutedBlock,
  type Executor,
  type ExecutorOptions,
  type Genesis,
  InvalidBlockError,
  type RejectedTransaction,
  type StateStore,
} from './types.ts'

export function createExecutor({ config, store, header: headerOf }: ExecutorOptions): Executor {
  const hasState = (root: Hash) => root === emptyTrieRoot || store.node(root) !== undefined

  const machines = new Map<ActiveFork, BlockMachine>()
  /** The block whose ancestors BLOCKHASH asks for. */
  let parentInUse: Hash = emptyTrieRoot

  async function machineFor(timestamp: bigint): Promise<BlockMachine> {
    const fork = activeFork(config, timestamp)
    let machine = machines.get(fork)
    if (machine === undefined) {
      machine = await createBlockMachine(
        { config, store, ancestorHash: (number) => ancestorHash(headerOf, parentInUse, number) },
        fork,
      )
      machines.set(fork, machine)
    }
    return machine
  }

  /**
   * Runs `body` on the state of the parent. An error that is not about the block leaves the machine in an unknown
   * state (a lock held, a checkpoint open): it is thrown away, and the next block gets a new one.
   */
  async function onParent<T>(
    parent: BlockHeader,
    start: HeaderStart,
    body: (machine: BlockMachine, block: EvmBlock, run: BlockRun) => Promise<T>,
  ): Promise<T> {
    if (!hasState(parent.stateRoot))
      throw new Error(`the state of block ${parent.number} (root ${parent.stateRoot}) is not in the store`)
    parentInUse = start.parentHash
    const machine = await machineFor(start.timestamp)
    try {
      const block = machine.enter(parent.stateRoot, {
        ...start,
        feeRecipient: createAddressFromString(start.feeRecipient),
      })
      await runSystemCalls(config, machine.state, block, start.parentHash, start.parentBeaconBlockRoot)
      return await body(machine, block, new BlockRun(config, machine, block))
    } catch (error) {
      if (!(error instanceof InvalidBlockError)) machines.delete(activeFork(config, start.timestamp))
      throw error
    }
  }

  async function finish(start: HeaderStart, machine: BlockMachine, run: BlockRun): Promise<BlockHeader> {
    const stateRoot = bytesToHex(await machine.state.flush())
    const isthmus = isForkActive(config.forks, 'isthmus', start.timestamp)
    return finishHeader(
      config,
      start,
      run,
      stateRoot,
      isthmus ? await run.messagePasserStorageRoot() : emptyTrieRoot,
    )
  }

  function asBlock(header: BlockHeader, run: BlockRun): ExecutedBlock {
    const hash = hashHeader(header)
    const envelope = payloadFromHeader(
      header,
      hash,
      run.transactions.map(({ raw }) => raw),
    )
    return { hash, header, envelope, transactions: run.transactions, receipts: run.receipts }
  }

  return {
    config,
    async initGenesis(genesis) {
      const stateRoot = await writeAllocation(genesis, store)
      const { header } = genesis
      const complete: BlockHeader = {
        ...header,
        stateRoot: stateRoot.root,
        ...(isForkActive(config.forks, 'isthmus', header.timestamp)
          ? { withdrawalsRoot: stateRoot.messagePasserRoot }
          : {}),
      }
      const hash = hashHeader(complete)
      return {
        hash,
        header: complete,
        envelope: payloadFromHeader(complete, hash, []),
        transactions: [],
        receipts: [],
      }
    },

    async execute(parent, envelope) {
      const { payload } = envelope
      const start = checkBeforeRun(config, parent, hashHeader(parent), envelope)
      return onParent(parent, start, async (machine, _block, run) => {
        let sawSigned = false
        for (const raw of payload.transactions) {
          const transaction = decodeTransaction(machine.common, raw)
          if (transaction.kind === 'signed') sawSigned = true
          else if (sawSigned)
            throw new InvalidBlockError('transactions: a deposit follows a user transaction')
          await runOrInvalid(run, transaction)
        }
        const header = await finish(start, machine, run)
        checkAfterRun(header, payload)
        const block = asBlock(header, run)
        expectEqual('blockHash', block.hash, payload.blockHash)
        await machine.state.persist()
        return block
      })
    },

    async build(parent, attributes, options) {
      const start = startFromAttributes(config, parent, hashHeader(parent), attributes)
      return onParent(parent, start, async (machine, _block, run): Promise<BuiltBlock> => {
        for (const raw of attributes.transactions)
          await runOrInvalid(run, decodeTransaction(machine.common, raw))
        const rejected = attributes.noTxPool ? [] : await runPool(machine, run, options)
        const header = await finish(start, machine, run)
        await machine.state.persist()
        return { block: asBlock(header, run), rejected }
      })
    },

    view: (header) =>
      createStateView({
        config,
        store,
        header,
        ancestorHash: (number) => ancestorHash(headerOf, hashHeader(header), number),
      }),

    hasState,
  }
}

/** In a payload and in attributes every transaction must hold. */
async function runOrInvalid(run: BlockRun, transaction: Parameters<BlockRun['run']>[0]): Promise<void> {
  try {
    await run.run(transaction)
  } catch (error) {
    if (error instanceof InvalidTransactionError || error instanceof BlockFullError)
      throw new InvalidBlockError(`transaction ${run.transactions.length}: ${error.message}`, {
        cause: error,
      })
    throw error
  }
}

/** Fills the block from the pool. A sender whose transaction does not fit is passed over for the rest of the block. */
async function runPool(
  machine: BlockMachine,
  run: BlockRun,
  options: BuildOptions,
): Promise<RejectedTransaction[]> {
  const rejected: RejectedTransaction[] = []
  const passedOver = new Set<string>()
  for (const raw of options.pool) {
    if (options.shouldStop?.() === true) break
    const transaction = decodeTransaction(machine.common, raw)
    if (transaction.kind === 'deposit') throw new Error('the pool holds a deposit')
    const sender = transaction.signed.getSenderAddress().toString()
    if (passedOver.has(sender)) continue
    try {
      await run.run(transaction)
    } catch (error) {
      passedOver.add(sender)
      if (error instanceof BlockFullError) continue
      if (!(error instanceof InvalidTransactionError)) throw error
      rejected.push({ hash: bytesToHex(transaction.signed.hash()), reason: error.message })
    }
  }
  return rejected
}

async function writeAllocation(
  genesis: Genesis,
  store: StateStore,
): Promise<{ readonly root: Hash; readonly messagePasserRoot: Hash }> {
  const state = new JournaledState(store, KECCAK256_RLP)
  for (const [address, account] of genesis.alloc) {
    const at = createAddressFromString(address)
    await state.modifyAccountFields(at, { nonce: account.nonce, balance: account.balance })
    if (account.code !== '0x') await state.putCode(at, hexToBytes(account.code))
    for (const [slot, value] of account.storage)
      await state.putStorage(at, hexToBytes(slot), hexToBytes(value))
  }
  const root = bytesToHex(await state.flush())
  await state.persist()
  const messagePasser = await state.getAccount(createAddressFromString(predeploys.l2ToL1MessagePasser))
  return {
    root,
    messagePasserRoot: messagePasser === undefined ? emptyTrieRoot : bytesToHex(messagePasser.storageRoot),
  }
}

/** Hash of the block with that number on the chain that ends in `head`; null when a header on the way is not known. */
function ancestorHash(headerOf: ExecutorOptions['header'], head: Hash, number: bigint): Hash | null {
  let hash = head
  for (;;) {
    const header = headerOf(hash)
    if (header === undefined || header.number < number) return null
    if (header.number === number) return hash
    hash = header.parentHash
  }
}
