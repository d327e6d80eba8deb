import { errorText } from '../../node/concurrency/error-text.ts'
import type { Turn } from '../../node/concurrency/turns.ts'
import type { RpcHandler } from '../../node/json-rpc/dispatch.ts'
import type { Clock } from '../../node/ports/clock.ts'
import type { Logger } from '../../node/ports/logger.ts'
import type { Random } from '../../node/ports/random.ts'
import { nodeVersion } from '../../node/version.ts'
import type { Chain } from './chain/chain.ts'
import { createDaLimitSetting } from './chain/da-limit-setting.ts'
import { PayloadBuilder } from './chain/payload-builder.ts'
import { Engine } from './engine-api/engine.ts'
import { createEngineCalls, type EngineCalls } from './engine-api/engine-calls.ts'
import { engineMethods } from './engine-api/engine-methods.ts'
import { nextBaseFee } from './execution/base-fee.ts'
import type { TransactionDecoder } from './execution/decode-transaction.ts'
import type { PeerNetwork } from './peers/peer-network.ts'
import { createHeadPoolChain } from './pool/head-pool-chain.ts'
import { TransactionPool } from './pool/transaction-pool.ts'
import type { RpcBackend } from './rpc/backend.ts'
import { ChainSync } from './sync/chain-sync.ts'

export interface ElCoreOptions {
  readonly chain: Chain
  /** The one that the chain's executor has: senders are recovered once, for the pool and for blocks. */
  readonly decoder: TransactionDecoder
  /** The one that the chain's executor has. */
  readonly turn: Turn
  readonly network: PeerNetwork
  /** `config` of the genesis file, as it was written. */
  readonly chainConfigJson: unknown
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** An engine without what it listens on: the pool, the builder, the sync and every method that it serves. */
export interface ElCore {
  readonly pool: TransactionPool
  /** What the methods beside the Engine API read and act on. */
  readonly backend: RpcBackend
  readonly engineMethods: ReadonlyMap<string, RpcHandler>
  /** What those of the Engine API call. */
  readonly calls: EngineCalls
  /** Builds and syncs no more. The network is the caller's. */
  close(): Promise<void>
}

export const elClientVersion = `lockstep-el/${nodeVersion}`

/** Wires the parts of an engine around its chain. */
export function createElCore(options: ElCoreOptions): ElCore {
  const { chain, decoder, turn, network, clock, random, logger } = options
  const pool = new TransactionPool({ chain: createHeadPoolChain(chain, decoder), turn })
  chain.onHeadChange((change) => {
    logger.debug('new head', { number: change.head.header.number, hash: change.head.hash })
    pool
      .reset(change)
      .catch((error: unknown) =>
        logger.error('the transaction pool could not follow the chain', { error: errorText(error) }),
      )
  })
  const { config } = chain.executor
  const daLimits = createDaLimitSetting()
  const builder = new PayloadBuilder({
    chain,
    pool,
    clock,
    logger,
    nextBaseFee: ({ header }, { timestamp }) => nextBaseFee(config, header, timestamp),
    daLimits: daLimits.get,
  })
  const stop = new AbortController()
  const sync = new ChainSync({ chain, network, clock, logger })
  const syncing = sync.run(stop.signal)
  const engine = new Engine({ chain, builder, pool, sync, logger })
  const { forks } = config
  const calls = createEngineCalls({ engine, forks, buildTimestamp: (id) => builder.timestampOf(id) })
  return {
    ...{ pool, calls },
    backend: {
      ...{ config, chain, pool, sync, network, daLimits, clock, random },
      clientVersion: elClientVersion,
      chainConfigJson: options.chainConfigJson,
    },
    engineMethods: engineMethods({
      calls,
      store: chain.store,
      clientVersion: { name: 'lockstep-el', version: nodeVersion, commit: '0x00000000' },
    }),
    async close() {
      stop.abort(new Error('the engine stops'))
      await syncing
      builder.close()
    },
  }
}
