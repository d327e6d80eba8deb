import type { Hash } from 'viem'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import type { JsonRpcServer } from '../../node/json-rpc/http-server.ts'
import type { Clock } from '../../node/ports/clock.ts'
import { formatRef } from '../../node/protocol/refs.ts'
import type { ChainParameters } from '../genesis/chain-parameters.ts'
import { type AnvilProcess, type StartAnvilOptions, startAnvil } from './anvil.ts'
import { anvilTimeoutMs, createAnvilClient } from './anvil-client.ts'
import { type BeaconApi, startBeaconApi } from './beacon-api.ts'
import { createBlobPool } from './blob-pool.ts'
import { createL1Controller, type L1Controller, type L1Event } from './controller.ts'
import { ForkTree, type ForkTreeBlock } from './fork-tree.ts'
import { startL1Gateway } from './gateway.ts'
import type { ConsumerFaults } from './views/consumer-view.ts'

export interface L1 {
  /** The gateway: what clients are given. */
  readonly url: string
  /** The beacon API. */
  readonly beaconUrl: string
  readonly chainId: number
  /** Operating system processes that must be gone afterwards. */
  readonly pids: readonly number[]
  readonly controller: L1Controller
  /** Every block that ever was, with its fork. */
  forkTree(): readonly ForkTreeBlock[]
  stop(): Promise<void>
}

export interface StartL1Options {
  readonly parameters: Pick<
    ChainParameters,
    'l1ChainId' | 'l1BlockTime' | 'l1SafeDistance' | 'l1FinalizedDistance'
  >
  /** Anvil's state file with block 0. */
  readonly statePath: string
  /** Of block 0, as the rollup config has it. */
  readonly genesisHash: Hash
  /** Seconds. */
  readonly genesisTimestamp: bigint
  /** Of the gateway, which clients use. */
  readonly port: number
  /** Of the beacon API. */
  readonly beaconPort: number
  /** Where both listen. Default: 127.0.0.1. */
  readonly host?: string
  /** Names by which the gateway may be reached beside addresses. */
  readonly virtualHosts?: readonly string[]
  /** Of anvil itself, which only the harness uses. */
  readonly anvilPort: number
  readonly log: (line: string) => void
  readonly onEvent: (event: L1Event) => void
  /** Called when anvil ends although nobody asked it to. */
  readonly onExit: (reason: string) => void
  readonly clock?: Clock
  /** What faults change for each consumer; it asks under a path with its name. */
  readonly consumers?: ReadonlyMap<string, ConsumerFaults>
  /** How anvil is started. Default: as a process of this machine. */
  readonly startAnvil?: (options: StartAnvilOptions) => Promise<AnvilProcess>
}

/**
 * Starts L1: anvil, the controller that decides its blocks, and the gateway that clients see. Production is off.
 * @throws when anvil does not start, or has another genesis block than the rollup config was made for.
 */
export async function startL1(options: StartL1Options): Promise<L1> {
  const { parameters } = options
  const process = await (options.startAnvil ?? startAnvil)({
    chainId: parameters.l1ChainId,
    statePath: options.statePath,
    genesisTimestamp: options.genesisTimestamp,
    port: options.anvilPort,
    log: options.log,
    onExit: options.onExit,
  })
  const clock = options.clock ?? createSystemClock()
  const consumers = options.consumers ?? new Map<string, ConsumerFaults>()
  let gateway: JsonRpcServer | undefined
  let beacon: BeaconApi | undefined
  try {
    const anvil = createAnvilClient(createHttpRpcClient({ url: process.url, timeoutMs: anvilTimeoutMs }))
    const tree = new ForkTree()
    const blobs = createBlobPool()
    await anvil.acceptBlobTransactions()
    const schedule = { genesisTime: options.genesisTimestamp, blockTime: BigInt(parameters.l1BlockTime) }
    const controller = await createL1Controller({
      anvil,
      clock,
      schedule,
      distances: {
        safe: BigInt(parameters.l1SafeDistance),
        finalized: BigInt(parameters.l1FinalizedDistance),
      },
      tree,
      onEvent: options.onEvent,
    })
    const genesis = await controller.head()
    if (genesis.number !== 0n || genesis.hash !== options.genesisHash)
      throw new Error(
        `anvil began with ${formatRef(genesis)}, expected block 0 with hash ${options.genesisHash}: is this another anvil version?`,
      )
    const { host, virtualHosts } = options
    const shared = {
      anvil,
      controller,
      tree,
      blobs,
      clock,
      consumers,
      ...(host === undefined ? {} : { host }),
    }
    gateway = await startL1Gateway({ ...shared, port: options.port, virtualHosts })
    beacon = await startBeaconApi({ ...shared, port: options.beaconPort, schedule })
    const { url, close } = gateway
    const { url: beaconUrl, close: closeBeacon } = beacon
    return {
      url,
      beaconUrl,
      chainId: parameters.l1ChainId,
      pids: process.pid === null ? [] : [process.pid],
      controller,
      forkTree: () => tree.blocks(),
      async stop() {
        await controller.stop()
        await closeBeacon()
        await close()
        await process.stop()
      },
    }
  } catch (error) {
    await beacon?.close()
    await gateway?.close()
    await process.stop()
    throw error
  }
}
