import { createExecutor } from '../../el/execution/executor.ts'
import { createMemoryStore } from '../../el/execution/memory-store.ts'
import { createModelExecutor, modelGenesis } from '../../el/execution/model-executor.ts'
import type {
  ExecutedBlock,
  Executor,
  ExecutorOptions,
  Genesis,
  StateBatch,
} from '../../el/execution/types.ts'
import type { EngineKind } from '../engine-kind.ts'

/** A block, and what its state has more than that of its parent. */
export interface BlockAndState {
  readonly block: ExecutedBlock
  readonly batch: StateBatch
}

/** How the engines of a world execute, and what they begin with. */
export interface SimExecution {
  readonly genesis: Genesis
  readonly first: BlockAndState
  readonly executorOf: (options: ExecutorOptions) => Executor
}

/** Makes the genesis block of such engines. */
export const executionOf: Readonly<Record<EngineKind, (genesis: Genesis) => Promise<SimExecution>>> = {
  async model(genesis) {
    const first = modelGenesis(genesis)
    return { genesis, first, executorOf: createModelExecutor(first) }
  },
  async real(genesis) {
    const batches: StateBatch[] = []
    const store = createMemoryStore()
    const executor = createExecutor({
      ...{ config: genesis.config, header: () => undefined },
      store: { ...store, write: (batch) => void batches.push(batch) },
    })
    const block = await executor.initGenesis(genesis)
    const [batch] = batches
    if (batch === undefined) throw new Error('expected the state of genesis to be written, it was not')
    return { genesis, first: { block, batch }, executorOf: createExecutor }
  },
}
