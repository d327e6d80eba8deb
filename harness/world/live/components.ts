import type { JsonRpcClient } from '../../../node/json-rpc/client.ts'
import type { DataAvailability } from '../../batcher/data-availability.ts'
import type { Account } from '../../genesis/accounts.ts'
import type { StatusStream } from '../status-stream.ts'
import type { ClSpec, ElSpec } from '../topology.ts'
import type { ManagedProcess } from './managed-process.ts'

/** A running L2 execution engine. */
export interface ElComponent {
  readonly name: string
  readonly spec: ElSpec
  readonly process: ManagedProcess
  readonly httpUrl: string
  readonly engineUrl: string
  /** At which port it reaches each of its peers, through the harness. */
  readonly peerPorts: ReadonlyMap<string, number>
  /** Straight to the engine, past every link: a fault never blinds the harness. */
  readonly rpc: JsonRpcClient
}

/** A running consensus node. */
export interface ClComponent {
  readonly name: string
  readonly spec: ClSpec
  readonly process: ManagedProcess
  readonly el: ElComponent
  readonly rpcUrl: string
  readonly metricsUrl: string
  readonly multiaddr: string
  /** At which multiaddr it reaches each of its peers, through the harness. */
  readonly peerAddresses: ReadonlyMap<string, string>
  /** Straight to the node, past every link. */
  readonly rpc: JsonRpcClient
  readonly status: StatusStream
}

/** The batcher, which runs inside the harness. */
export interface BatcherComponent {
  readonly running: boolean
  start(): Promise<void>
  /** Resolves when it submits nothing any more. */
  stop(): Promise<void>
  /** Goes on with another account, as when an operator starts a new batcher: it knows nothing of what the old one sent. */
  useAccount(account: Account): Promise<void>
  /** What is sent from now on goes there. */
  useDataAvailability(next: DataAvailability): void
}
