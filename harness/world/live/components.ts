import type { JsonRpcClient } from '../../../node/json-rpc/client.ts'
import type { DataAvailability } from '../../batcher/data-availability.ts'
import type { ClClient } from '../../clients/client.ts'
import type { ComponentLifecycle } from '../../drivers/lifecycle.ts'
import type { Account } from '../../genesis/accounts.ts'
import type { StatusStream } from '../status-stream.ts'
import type { ClSpec, ElSpec } from '../topology.ts'

/** A running L2 execution engine. */
export interface ElComponent {
  readonly name: string
  readonly spec: ElSpec
  readonly process: ComponentLifecycle
  readonly httpUrl: string
  readonly engineUrl: string
  /** An address of 127.0.0.1 as the engine reaches it: it may be in another network. */
  readonly reachable: (address: string) => Promise<string>
  /** Straight to the engine, past every link: a fault never blinds the harness. */
  readonly rpc: JsonRpcClient
}

/** A running consensus node. */
export interface ClComponent {
  readonly name: string
  readonly spec: ClSpec
  /** What is known of the program in this slot. */
  readonly client: ClClient
  readonly process: ComponentLifecycle
  readonly el: ElComponent
  readonly rpcUrl: string
  readonly metricsUrl: string
  readonly multiaddr: string
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
