import type { ClClient } from '../../clients/client.ts'
import type { ComponentLifecycle } from '../../drivers/lifecycle.ts'
import type { L1 } from '../../l1/l1.ts'
import type { ClHandle, ElHandle, L1Handle } from '../world.ts'

/** L1, with where it listens. */
export interface L1Component extends L1Handle, Omit<L1, keyof L1Handle> {}

/** An L2 execution engine of the live world: what a scenario sees, and where it is. */
export interface ElComponent extends ElHandle {
  readonly lifecycle: ComponentLifecycle
  readonly httpUrl: string
  readonly engineUrl: string
  /** At which port it reaches each of its peers, through the harness. */
  readonly peerPorts: ReadonlyMap<string, number>
  /** An address of 127.0.0.1 as the engine reaches it: it may be in another network. */
  readonly reachable: (address: string) => Promise<string>
}

/** A consensus node of the live world. */
export interface ClComponent extends ClHandle {
  /** What is known of the program in this slot. */
  readonly client: ClClient
  readonly lifecycle: ComponentLifecycle
  readonly el: ElComponent
  readonly rpcUrl: string
  readonly metricsUrl: string
  readonly multiaddr: string
}
