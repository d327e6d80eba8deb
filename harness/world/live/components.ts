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
}

/** A consensus node of the live world. */
export interface ClComponent extends ClHandle {
  readonly lifecycle: ComponentLifecycle
  readonly el: ElComponent
  readonly rpcUrl: string
  readonly metricsUrl: string
  readonly multiaddr: string
}
