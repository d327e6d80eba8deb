import type { L1 } from '../../l1/l1.ts'
import type { ClHandle, ElHandle, L1Handle } from '../world.ts'
import type { ManagedProcess } from './managed-process.ts'

/** L1, with where it listens. */
export interface L1Component extends L1Handle, Omit<L1, keyof L1Handle> {}

/** An L2 execution engine of the live world: what a scenario sees, and where it is. */
export interface ElComponent extends ElHandle {
  readonly process: ManagedProcess
  readonly httpUrl: string
  readonly engineUrl: string
}

/** A consensus node of the live world. */
export interface ClComponent extends ClHandle {
  readonly process: ManagedProcess
  readonly el: ElComponent
  readonly rpcUrl: string
  readonly metricsUrl: string
  readonly multiaddr: string
}
