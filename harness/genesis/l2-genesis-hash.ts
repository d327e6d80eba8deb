import type { Hash } from 'viem'
import { createExecutor } from '../el/execution/executor.ts'
import { parseGenesis } from '../el/execution/genesis.ts'
import { createMemoryStore } from '../el/execution/memory-store.ts'
import type { GenesisFile } from './l1-genesis.ts'

/** Hash of the block that an execution engine makes of the genesis file. */
export async function l2GenesisHash(file: GenesisFile): Promise<Hash> {
  const genesis = parseGenesis(file)
  const executor = createExecutor({
    config: genesis.config,
    store: createMemoryStore(),
    header: () => undefined,
  })
  return (await executor.initGenesis(genesis)).hash
}
