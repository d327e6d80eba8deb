import type { RollupConfig } from '../../node/config/rollup-config.ts'
import type { JsonRpcClient } from '../../node/json-rpc/client.ts'
import type { Clock } from '../../node/ports/clock.ts'
import type { Random } from '../../node/ports/random.ts'
import type { DataAvailability } from '../batcher/data-availability.ts'
import type { Lifecycle } from '../drivers/lifecycle-handle.ts'
import type { WorldEvent } from '../events/event.ts'
import type { EventStream } from '../events/stream.ts'
import type { FaultPoints } from '../faults/fault-point.ts'
import type { Account, Accounts } from '../genesis/accounts.ts'
import type { ChainParameters } from '../genesis/chain-parameters.ts'
import type { L1Controller } from '../l1/controller.ts'
import type { L1View } from './l1-view.ts'
import type { Metrics } from './metrics.ts'
import type { PollPeriods } from './poll-periods.ts'
import type { StatusStream } from './status-stream.ts'
import type { ClSpec, ElSpec, Topology } from './topology.ts'

/**
 * Everything that a scenario may see, whether it is real programs on real sockets (`world/live`) or one process in
 * virtual time. No process id, port, file or URL is part of it.
 */
export interface World {
  readonly topology: Topology
  /** The topology's parameters with the overrides of this run. */
  readonly parameters: ChainParameters
  readonly rollup: RollupConfig
  readonly accounts: Accounts
  readonly clock: Clock
  /** Randomness of that name: the same name gives the same sequence under the same seed. */
  random(stream: string): Random
  readonly events: EventStream
  readonly l1: L1Handle
  readonly cls: ReadonlyMap<string, ClHandle>
  readonly els: ReadonlyMap<string, ElHandle>
  readonly batcher: BatcherHandle | null
  readonly points: FaultPoints
  /** Where the logs and the timeline of this run are, for people who read a failure. */
  readonly artefacts: string
  /** Aborts, with the error, when a component ended by itself or an invariant was violated. */
  readonly failed: AbortSignal
  /** Fails the run. Only the first error counts. */
  fail(error: Error): void
  /**
   * Runs what belongs to this world, and no other: in a simulated one, real time, randomness, files, sockets and threads
   * throw there.
   */
  within<T>(work: () => T): T
  /** Ends everything in reverse order. Resolves when nothing is left; calling it again waits for the same end. */
  stop(end?: WorldEnd): Promise<void>
}

export interface WorldOptions {
  readonly topology: Topology
  /** Names the run: the scenario, or what it is for. */
  readonly name: string
  readonly parameters?: Partial<ChainParameters>
  /**
   * What does not run at first: `l1` (no block production), `batcher`, a sequencing node (it builds nothing), or any other
   * node (neither it nor its engine is started).
   */
  readonly stopped?: readonly string[]
  /** Engines and nodes that somebody kills or pauses. What else is not under test may be run in a way that cannot be. */
  readonly ownProcess?: readonly string[]
  /** Of all randomness. Default: what `LOCKSTEP_SEED` says. */
  readonly seed?: string
  /** Latency, order and loss of every connection come from the seed. Only a simulated world can. */
  readonly roughNetwork?: boolean
  /**
   * Calls between components are written as text and read again, as those of programs always are. A simulated world passes
   * them as values otherwise while no fault stands on their link, which costs less and tells the same.
   */
  readonly callsAsText?: boolean
  /** Fails the run with its reason when it aborts, also while it boots. */
  readonly signal?: AbortSignal
  /** Called with every event of the run, from the first on. */
  readonly onEvent?: (event: WorldEvent) => void
  /**
   * A run that does not pass keeps its files, with those of other runs. One of real programs always does; one that is
   * simulated has none while it runs.
   */
  readonly keepFailed?: boolean
  /**
   * Called as soon as it is known where the artefacts of the run are, long before it has booted: at its end, where nothing
   * is written before.
   */
  readonly onArtefacts?: (where: string) => void
}

/**
 * Makes a world in which everything runs that shall.
 * @throws ComponentError when something does not start; nothing is left then.
 */
export type WorldFactory = (options: WorldOptions) => Promise<World>

export interface WorldEnd {
  readonly outcome: 'passed' | 'failed' | 'inconclusive' | 'stopped'
  readonly message?: string
}

/** What a consensus node's client can do, beyond what every one can. A scenario that needs more is skipped, with the reason. */
export type ClCapability =
  | 'metrics'
  | 'admin'
  | 'gossip-control'
  | 'safe-head-db'
  | 'el-sync'
  | 'recover-mode'
  /** It can be started with another clock than the machine's. */
  | 'clock-offset'
  /** Its log tells why it refuses what its source and its peers say. */
  | 'reasons'

/** Calls to a component. Where it is, is nobody's business. */
export type RpcHandle = Pick<JsonRpcClient, 'request' | 'requestAll'>

export interface ClHandle {
  readonly name: string
  readonly spec: ClSpec
  readonly el: ElHandle
  readonly capabilities: ReadonlySet<ClCapability>
  /** Straight to the node, past every fault point. */
  readonly rpc: RpcHandle
  /** How often its client looks where it cannot be told to look more often: the waits allow for it. */
  readonly polls: PollPeriods
  /** The invariants that its client is known to break, with the link to where that is recorded. */
  readonly deviates: ReadonlyMap<string, string>
  readonly status: StatusStream
  readonly lifecycle: Lifecycle
  readonly gossip: GossipHandle
  /** @throws Error when the node does not answer; on a client without the capability `metrics` always. */
  metrics(signal: AbortSignal): Promise<Metrics>
}

/** A node's part in the gossip network. Peers have the names of the topology. */
export interface GossipHandle {
  /** Every node of the topology that it is connected to now. */
  connected(): Promise<ReadonlySet<string>>
  /** Ends the connection and takes no new one, on this side alone. Nothing happens when there is none. */
  block(peer: string): Promise<void>
  /** Takes connections again; makes none. */
  unblock(peer: string): Promise<void>
  connect(peer: string): Promise<void>
}

export interface ElHandle {
  readonly name: string
  readonly spec: ElSpec
  /** Straight to the engine, past every fault point. */
  readonly rpc: RpcHandle
  readonly lifecycle: Lifecycle
  /** Makes it and its peers of the topology known to each other, as far as they run. */
  connectPeers(): Promise<void>
}

/** L1, which the scenario controls. */
export interface L1Handle {
  readonly controller: L1Controller
  /** What L1 is, as far as its events told. */
  readonly view: L1View
  /** As every client sees it, past every fault point. */
  readonly rpc: RpcHandle
}

/** The batcher, which runs inside the harness. */
export interface BatcherHandle {
  readonly running: boolean
  start(): Promise<void>
  /** Resolves when it submits nothing any more. */
  stop(): Promise<void>
  /** Goes on with another account, as when an operator starts a new batcher: it knows nothing of what the old one sent. */
  useAccount(account: Account): Promise<void>
  /** What is sent from now on goes there. */
  useDataAvailability(next: DataAvailability): void
}
