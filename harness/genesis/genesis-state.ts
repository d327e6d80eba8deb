import type { Address, Hash, Hex } from 'viem'
import { createExecutor } from '../el/execution/executor.ts'
import { parseGenesis } from '../el/execution/genesis.ts'
import { allocate } from '../el/execution/genesis-state.ts'
import { createMemoryStore } from '../el/execution/memory-store.ts'
import { StateReader } from '../el/execution/state/state-reader.ts'
import type { ExecutedBlock } from '../el/execution/types.ts'
import type { GenesisAccount, GenesisFile } from './genesis-file.ts'

/** The block that an execution engine makes of the L2 genesis file. */
export function l2GenesisBlock(file: GenesisFile): Promise<ExecutedBlock> {
  const genesis = parseGenesis(file)
  const store = createMemoryStore()
  return createExecutor({ config: genesis.config, store, header: () => undefined }).initGenesis(genesis)
}

/** Root of the state that consists of these accounts. */
export function stateRoot(accounts: Readonly<Record<Address, GenesisAccount>>): Hash {
  const alloc = new Map(
    Object.entries(accounts).map(([address, { balance, nonce = '0x0', code = '0x', storage = {} }]) => [
      address as Address,
      {
        ...{ balance: BigInt(balance), nonce: BigInt(nonce), code },
        storage: new Map(Object.entries(storage) as [Hex, Hex][]),
      },
    ]),
  )
  return allocate(new StateReader(createMemoryStore()), alloc).root
}
