import type { Logger } from '../../../node/ports/logger.ts'
import type { Random } from '../../../node/ports/random.ts'
import type { Chain } from '../../el/chain/chain.ts'
import { createElCore } from '../../el/el-core.ts'
import { openChain } from '../../el/el-node.ts'
import { TransactionDecoder } from '../../el/execution/decode-transaction.ts'
import type { Executor, ExecutorOptions, Genesis } from '../../el/execution/types.ts'
import { createPeerChain } from '../../el/peers/peer-chain.ts'
import { allMethods } from '../../el/rpc/methods.ts'
import { createSimComponent, type SimComponent, type SimComponentOptions } from './component.ts'
import type { MemoryPeers } from './memory-peers.ts'
import { noTurns } from './no-turns.ts'

export interface SimEngineOptions
  extends Pick<SimComponentOptions, 'name' | 'world' | 'events' | 'onUnexpectedExit'> {
  readonly genesis: Genesis
  /** `config` of the genesis file, as it was written. */
  readonly chainConfigJson: unknown
  readonly executorOf: (options: ExecutorOptions) => Executor
  /** It keeps its chain over a restart. */
  readonly persistent: boolean
  readonly peers: MemoryPeers
  readonly random: Random
  /** Says at each start what the engine has kept of its labels: clients differ. */
  readonly restarts: Random
  readonly logger: Logger
}

/** The real embedded engine without its ports. One provider serves both the Engine API and the public methods. */
export function createSimEngine(options: SimEngineOptions): SimComponent {
  const { name, logger } = options
  let kept: { readonly chain: Chain; readonly decoder: TransactionDecoder } | null = null

  async function open() {
    if (kept !== null) {
      if (options.restarts.bytes(1)[0]! % 2 === 0) kept.chain.store.forgetSafe()
      return kept
    }
    const { genesis, executorOf } = options
    const decoder = new TransactionDecoder(genesis.config.chainId)
    const chain = await openChain({
      ...{ config: { genesis, gcMode: 'full' }, datadir: null, decoder, logger, turn: noTurns, executorOf },
    })
    const opened = { chain, decoder }
    if (options.persistent) kept = opened
    return opened
  }

  const component = createSimComponent({
    ...options,
    async start(signal) {
      const { chain, decoder } = await open()
      const network = options.peers.join(name, createPeerChain(chain.store))
      const core = createElCore({
        ...{ chain, decoder, turn: noTurns, network, logger },
        ...{ clock: component.clock, random: options.random },
        chainConfigJson: options.chainConfigJson,
      })
      const methods = new Map([...allMethods(core.backend), ...core.engineMethods])
      const done = new Promise<void>((resolve, reject) => {
        const end = async () => {
          await core.close()
          await network.close()
        }
        signal.addEventListener('abort', () => void end().then(resolve, reject), { once: true })
      })
      return { dispatch: () => ({ methods }), engine: core, done }
    },
    wipe() {
      kept = null
    },
  })
  return component
}
