import { systemEventLoop } from '../../node/adapters/system/system-event-loop.ts'
import { createTurns, type Turn } from '../../node/concurrency/turns.ts'
import { listenError } from '../../node/json-rpc/listen-error.ts'
import type { Clock } from '../../node/ports/clock.ts'
import type { Logger } from '../../node/ports/logger.ts'
import type { Random } from '../../node/ports/random.ts'
import { BlockStore } from './chain/block-store.ts'
import { Chain } from './chain/chain.ts'
import type { ColdStorage } from './chain/cold-storage.ts'
import { MemoryBlockRecords } from './chain/memory-block-records.ts'
import type { ElNodeConfig } from './el-config.ts'
import { createElCore, elClientVersion } from './el-core.ts'
import { startElServers } from './el-servers.ts'
import type { CallLimits } from './execution/call-gate.ts'
import { TransactionDecoder } from './execution/decode-transaction.ts'
import { createExecutor } from './execution/executor.ts'
import { createMemoryStateTables } from './execution/state/memory-state-tables.ts'
import { StagedState } from './execution/state/staged-state.ts'
import type { Executor, ExecutorOptions } from './execution/types.ts'
import { forkDigest } from './peers/fork-digest.ts'
import { createPeerChain } from './peers/peer-chain.ts'
import { createTcpNetwork } from './peers/tcp-network.ts'
import type { Datadir } from './persistence/datadir.ts'
import { SpillFile } from './persistence/spill-file.ts'
import type { TransactionPool } from './pool/transaction-pool.ts'

export interface ElNodePorts {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** A running engine. */
export interface ElNode {
  readonly authUrl: string
  readonly httpUrl: string
  /** For `admin_addPeer` of another engine. */
  readonly peerUrl: string
  readonly chain: Chain
  readonly pool: TransactionPool
  close(): Promise<void>
}

/**
 * Starts an engine: executes the genesis, then opens its three ports. Read this first: it says which part knows which.
 * @throws ConfigError when a port or the datadir cannot be had. Everything that was started has been stopped by then.
 */
export async function startElNode(config: ElNodeConfig, ports: ElNodePorts): Promise<ElNode> {
  const { clock, logger } = ports
  await using started = new AsyncDisposableStack()
  // Shared, because recovering a sender is what a transfer costs most: the pool does it once, for the blocks too.
  const decoder = new TransactionDecoder(config.genesis.config.chainId)
  // Shared too: all that works here together keeps the process from its turn for one slice only.
  const turn = createTurns(systemEventLoop)
  const datadir = await openDatadirOf(config, logger)
  if (datadir !== null) started.defer(() => datadir.close())
  const spill = started.use(new SpillFile(logger))
  const chain = await openChain({
    ...{ config, datadir, decoder, turn, logger, cold: spill },
    calls: { ...config.calls, ...callsAtATime, nowMs: () => clock.nowMs() },
  })
  const { config: chainConfig } = chain.executor
  const network = await createTcpNetwork({
    ...ports,
    ...config.peers,
    chainId: chainConfig.chainId,
    genesisHash: chain.store.genesis.hash,
    forkDigest: forkDigest(chainConfig.forks),
    clientName: elClientVersion,
    chain: createPeerChain(chain.store),
  }).catch((error: unknown) => {
    throw listenError(error, { what: 'peer listener', ...config.peers, flag: '--port' })
  })
  started.defer(() => network.close())
  for (const url of config.bootnodes) network.add(url)

  const core = createElCore({
    ...{ ...ports, chain, decoder, turn, network },
    chainConfigJson: config.chainConfigJson,
  })
  started.defer(() => core.close())
  const servers = await startElServers({
    config,
    backend: core.backend,
    engineMethods: core.engineMethods,
    turn,
    clock,
    logger,
  })
  started.defer(() => servers.close())

  logger.info('engine runs', {
    chainId: chainConfig.chainId,
    genesis: chain.store.genesis.hash,
    authrpc: servers.authUrl,
    http: servers.httpUrl,
    peers: network.self.url,
  })
  const running = started.move()
  return {
    authUrl: servers.authUrl,
    httpUrl: servers.httpUrl,
    peerUrl: network.self.url,
    chain,
    pool: core.pool,
    close: () => running.disposeAsync(),
  }
}

/** Loaded on demand: an engine in memory needs neither LMDB nor a lock. */
async function openDatadirOf({ datadir }: ElNodeConfig, logger: Logger): Promise<Datadir | null> {
  if (datadir === undefined) return null
  const [{ openDatadir }, { checkStore }] = await Promise.all([
    import('./persistence/datadir.ts'),
    import('../../node/adapters/files/check-store.ts'),
  ])
  if ((await checkStore(datadir, '--datadir')) === 'emptied')
    logger.warn('the datadir had lost its chain (data.mdb is missing or empty): begins again at genesis', {
      directory: datadir,
    })
  return openDatadir(datadir)
}

/** More at a time end no sooner: they take turns. */
const callsAtATime = { runningMax: 4, waitingMax: 256 }

export interface OpenChainOptions {
  readonly config: Pick<ElNodeConfig, 'genesis' | 'datadir' | 'gcMode'>
  /** Default: no limit. */
  readonly calls?: CallLimits
  /** Null: in memory. */
  readonly datadir: Datadir | null
  /** Where a chain in memory puts its old blocks. Default: it keeps them there too. */
  readonly cold?: ColdStorage
  readonly decoder: TransactionDecoder
  readonly logger: Logger
  /** Default: the process gets a turn whenever execution has taken some time. */
  readonly turn?: Turn
  /** Default: `createExecutor`. */
  readonly executorOf?: (options: ExecutorOptions) => Executor
}

/** The chain as it was left, or at its genesis. */
export async function openChain(options: OpenChainOptions): Promise<Chain> {
  const { config, datadir, decoder, logger } = options
  let chain: Chain | null = null
  const memory = new StagedState(createMemoryStateTables())
  const executor = (options.executorOf ?? createExecutor)({
    config: config.genesis.config,
    store: datadir?.state ?? memory,
    decoder,
    header: (hash) => chain?.store.header(hash),
    ...(options.turn === undefined ? {} : { turn: options.turn }),
    ...(options.calls === undefined ? {} : { calls: options.calls }),
  })
  const genesis = await executor.initGenesis(config.genesis)
  const records =
    datadir === null
      ? new MemoryBlockRecords(genesis, {
          ...{ state: memory, gcMode: config.gcMode },
          ...(options.cold === undefined ? {} : { cold: options.cold }),
        })
      : datadir.records(genesis, executor.config, config.gcMode)
  chain = new Chain(executor, new BlockStore(genesis, records), logger)
  if (datadir !== null) {
    const { header, hash } = chain.head
    logger.info('goes on from the datadir', { directory: config.datadir, head: hash, number: header.number })
  }
  return chain
}
