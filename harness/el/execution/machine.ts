import type { Common } from '@ethereumjs/common'
import { createEVM, type EVM, type EVMMockBlockchainInterface } from '@ethereumjs/evm'
import { Address, hexToBytes } from '@ethereumjs/util'
import type { Hash } from 'viem'
import { isForkActive } from '../../../node/config/forks.ts'
import type { BlockEnvironment } from './block-environment.ts'
import { type ActiveFork, activeFork, commonFor } from './hardfork.ts'
import { cacheJumpDestinations } from './jump-destinations.ts'
import { opPrecompiles } from './precompiles.ts'
import { JournaledState } from './state/journaled-state.ts'
import type { StateReader } from './state/state-reader.ts'
import { watchableSteps } from './step-watch.ts'
import type { ElConfig } from './types.ts'

/** Gives the hash of an ancestor of the block being executed. @throws MissingStateError when it is not known. */
export type BlockHashLookup = (number: bigint) => Hash

/** The form in which the EVM takes a block. */
export type EvmBlock = NonNullable<Parameters<EVM['runCall']>[0]['block']>

/** The rules that a transaction's processing asks for, beside the EVM's own. */
export interface TransitionRules {
  readonly isRegolith: boolean
  /** Shanghai. */
  readonly isCanyon: boolean
  /** Cancun. */
  readonly isEcotone: boolean
  /** Prague. */
  readonly isIsthmus: boolean
  readonly isJovian: boolean
  /** Osaka. */
  readonly isKarst: boolean
}

/** An EVM with the rules of one fork, the state it works on and the block it is in. Used for one block or call at a time. */
export interface Machine {
  readonly evm: EVM
  readonly state: JournaledState
  readonly environment: BlockEnvironment
  readonly block: EvmBlock
  readonly rules: TransitionRules
  /** Undoes the transaction in which something other than the EVM threw. The machine serves for this block only. */
  recover(): void
}

interface IdleMachine {
  readonly common: Common
  readonly evm: EVM
  readonly state: JournaledState
  blockHash: BlockHashLookup
}

/** Machines of one fork that wait for work. */
const idleMax = 4
const noHash: Hash = `0x${'00'.repeat(32)}`

/**
 * Makes machines, and keeps those that ended well for the next block, since a new EVM takes longer to make than a small
 * block takes to execute. A machine in which anything threw may hold open checkpoints and warm addresses: it is dropped.
 */
export class MachinePool {
  readonly #config: ElConfig
  readonly #reader: StateReader
  readonly #idle = new Map<ActiveFork, IdleMachine[]>()

  constructor(config: ElConfig, reader: StateReader) {
    this.#config = config
    this.#reader = reader
  }

  /** Runs `work` on a machine in that block, on the state with that root. */
  async use<T>(
    root: Hash,
    environment: BlockEnvironment,
    blockHash: BlockHashLookup,
    work: (machine: Machine) => Promise<T>,
  ): Promise<T> {
    const fork = activeFork(this.#config, environment.timestamp)
    const idle = this.#idle.get(fork) ?? []
    this.#idle.set(fork, idle)
    const machine = idle.pop() ?? (await this.#create(fork))
    machine.state.reset(root)
    machine.blockHash = blockHash
    let isReusable = true
    const result = await work({
      evm: machine.evm,
      state: machine.state,
      environment,
      block: evmBlock(environment, machine.common),
      rules: this.#rules(environment.timestamp),
      recover() {
        isReusable = false
        machine.state.abandonTransaction()
        machine.evm.journal.cleanJournal()
        machine.evm.transientStorage.clear()
      },
    })
    machine.state.reset(root)
    if (isReusable && idle.length < idleMax) idle.push(machine)
    return result
  }

  #rules(timestamp: bigint): TransitionRules {
    const { forks } = this.#config
    return {
      isRegolith: isForkActive(forks, 'regolith', timestamp),
      isCanyon: isForkActive(forks, 'canyon', timestamp),
      isEcotone: isForkActive(forks, 'ecotone', timestamp),
      isIsthmus: isForkActive(forks, 'isthmus', timestamp),
      isJovian: isForkActive(forks, 'jovian', timestamp),
      isKarst: isForkActive(forks, 'karst', timestamp),
    }
  }

  async #create(fork: ActiveFork): Promise<IdleMachine> {
    await cacheJumpDestinations()
    await watchableSteps()
    const common = commonFor(this.#config, fork)
    const state = new JournaledState(this.#reader, noHash)
    let machine: IdleMachine
    // BLOCKHASH asks for a block by number and takes nothing of it but the hash.
    const blockchain = {
      async getBlock(number: number) {
        const hash = hexToBytes(machine.blockHash(BigInt(number)))
        return { hash: () => hash }
      },
    } as unknown as EVMMockBlockchainInterface
    const customPrecompiles = opPrecompiles(common, fork)
    const evm = await createEVM({ common, stateManager: state, blockchain, customPrecompiles })
    machine = { common, evm, state, blockHash: () => noHash }
    return machine
  }
}

function evmBlock(environment: BlockEnvironment, common: Common): EvmBlock {
  const header = {
    number: environment.number,
    timestamp: environment.timestamp,
    coinbase: new Address(hexToBytes(environment.feeRecipient)),
    difficulty: 0n,
    prevRandao: hexToBytes(environment.prevRandao),
    gasLimit: environment.gasLimit,
    baseFeePerGas: environment.baseFeePerGas,
    getBlobGasPrice: () => environment.blobBaseFee ?? 1n,
  }
  return { header, common } as unknown as EvmBlock
}
