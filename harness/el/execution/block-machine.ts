import { createBlockHeader } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { createEVM, type EVM, EVMMockBlockchain } from '@ethereumjs/evm'
import { type Address, hexToBytes, KECCAK256_RLP } from '@ethereumjs/util'
import { createVM, type VM } from '@ethereumjs/vm'
import type { Hash } from 'viem'
import { type ActiveFork, commonFor } from './hardfork.ts'
import { JournaledState } from './journaled-state.ts'
import { opPrecompiles } from './precompiles.ts'
import type { ElConfig, StateStore } from './types.ts'

/** What the EVM sees of the block around it. */
export interface BlockEnvironment {
  readonly number: bigint
  readonly timestamp: bigint
  readonly feeRecipient: Address
  readonly gasLimit: bigint
  readonly baseFeePerGas: bigint
  readonly prevRandao: Hash
}

/** An EVM with the rules of one fork and a state of its own. Making one is slow: they are reused. */
export interface BlockMachine {
  readonly common: Common
  readonly state: JournaledState
  readonly vm: VM
  readonly evm: EVM
  /** Starts at a state root, in a block. */
  enter(root: Hash, environment: BlockEnvironment): EvmBlock
}

/** The form in which EthereumJS takes a block. */
export type EvmBlock = NonNullable<Parameters<EVM['runCall']>[0]['block']>

export interface BlockMachineModules {
  readonly config: ElConfig
  readonly store: StateStore
  /** Hash of the ancestor with that number, for BLOCKHASH; null when it is not known. */
  readonly ancestorHash: (number: bigint) => Hash | null
}

export async function createBlockMachine(
  modules: BlockMachineModules,
  fork: ActiveFork,
): Promise<BlockMachine> {
  const common = commonFor(modules.config, fork)
  const state = new JournaledState(modules.store, KECCAK256_RLP)
  // BLOCKHASH asks for blocks by number; nothing of them but the hash is used.
  const blockchain = Object.assign(new EVMMockBlockchain(), {
    getBlock: async (number: number | bigint) => {
      const hash = modules.ancestorHash(BigInt(number))
      if (hash === null) throw new Error(`the hash of block ${number} is not known`)
      return { hash: () => hexToBytes(hash) }
    },
  })
  const evm = (await createEVM({
    common,
    stateManager: state,
    blockchain,
    customPrecompiles: opPrecompiles(common, fork),
  })) as EVM
  const vm = await createVM({ common, stateManager: state, evm })
  return {
    common,
    state,
    vm,
    evm,
    enter(root, environment) {
      state.reset(hexToBytes(root))
      evm.journal.cleanJournal()
      const header = createBlockHeader(
        {
          number: environment.number,
          timestamp: environment.timestamp,
          coinbase: environment.feeRecipient,
          gasLimit: environment.gasLimit,
          baseFeePerGas: environment.baseFeePerGas,
          mixHash: environment.prevRandao,
          difficulty: 0n,
        },
        { common, skipConsensusFormatValidation: true },
      )
      return { header, common } as EvmBlock
    },
  }
}
