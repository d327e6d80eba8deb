import type { JsonRpcClient } from '../../../node/json-rpc/client.ts'
import { recordCalls, recordTraffic } from '../../events/record-traffic.ts'
import type { FaultContext } from '../../faults/fault-stand.ts'
import type { Topology } from '../topology.ts'
import { createMemoryLink, type MemoryLink } from './memory-link.ts'
import type { Provider } from './provider.ts'
import type { Network } from './rough-network.ts'

export interface SimLinksOptions {
  readonly context: FaultContext
  readonly topology: Pick<Topology, 'cls'>
  readonly network: Pick<Network, 'delayMs'>
  /** How calls pass while no fault stands on their link. */
  readonly wire: 'text' | 'values'
}

/** The connections for JSON-RPC of a simulated world. */
export interface SimLinks {
  /** By name: `consumer→provider`. */
  readonly all: ReadonlyMap<string, MemoryLink>
  /** Makes a link. To L1 it carries faults of what a consumer sees of L1, too. */
  make(name: string, provider: () => Provider | null, to?: 'l1'): MemoryLink
  /** The harness's own way to a component: past every fault point, at once. */
  straight(name: string, provider: () => Provider | null): JsonRpcClient
}

const rpcTimeoutMs = 10_000

export function createSimLinks({ context, topology, network, wire }: SimLinksOptions): SimLinks {
  const { clock, events } = context
  const traffic = recordTraffic(events, topology, undefined)
  const calls = recordCalls(events, topology)
  const all = new Map<string, MemoryLink>()
  return {
    all,
    make(name, provider, to) {
      const made = createMemoryLink({
        ...{ ...context, name, provider, tap: traffic(name), latencyMs: () => network.delayMs(name) },
        ...(wire === 'values' ? { carries: calls(name) } : {}),
        ...(to === 'l1' ? { carriers: ['request', 'l1'] as const } : {}),
      })
      all.set(name, made)
      return made
    },
    straight: (name, provider) =>
      createMemoryLink({
        ...{ ...context, name: `harness→${name}`, provider, latencyMs: () => 0 },
        ...(wire === 'values' ? { carries: () => {} } : {}),
      }).client(clock, rpcTimeoutMs),
  }
}
