import type { FaultPoint } from '../../faults/fault-point.ts'
import type { FaultContext } from '../../faults/fault-stand.ts'
import type { Topology } from '../topology.ts'
import type { ElHandle, World } from '../world.ts'
import type { SimComponent, SimComponentOptions } from './component.ts'
import { createEventLogger } from './event-logger.ts'
import { createMemoryPeerLinks } from './memory-peer-links.ts'
import { createMemoryPeers, type MemoryPeers } from './memory-peers.ts'
import type { Network } from './rough-network.ts'
import { createSharedExecution } from './shared-execution.ts'
import { createSimEngine } from './sim-engine.ts'
import type { SimExecution } from './sim-execution.ts'
import type { SimLinks } from './sim-links.ts'
import { connectPair } from './sim-peers.ts'

export interface SimEnginesOptions
  extends Pick<SimComponentOptions, 'world' | 'events' | 'onUnexpectedExit'> {
  readonly topology: Pick<Topology, 'els' | 'elPeers'>
  readonly execution: SimExecution
  /** `config` of the genesis file, as it was written. */
  readonly chainConfigJson: unknown
  readonly network: Pick<Network, 'delayMs'>
  readonly links: Pick<SimLinks, 'straight'>
  readonly random: World['random']
  readonly faults: FaultContext
}

/** The execution engines of a simulated world by name, and what the harness does with them. */
export interface SimEngines {
  readonly components: ReadonlyMap<string, SimComponent>
  readonly handles: ReadonlyMap<string, ElHandle>
  /** Of their connections with each other. */
  readonly peerPoints: readonly FaultPoint[]
}

/** All of them execute each block once. */
export function createSimEngines(options: SimEnginesOptions): SimEngines {
  const { topology, execution, chainConfigJson, network, links, random, world, events } = options
  const { genesis } = execution
  const executorOf = createSharedExecution(execution)
  const peers: MemoryPeers = createMemoryPeers({
    clock: world,
    path(from, to) {
      const lateMs = peerLinks.lateMs(from, to)
      return lateMs === null ? null : network.delayMs(`${from}→${to}`) + lateMs
    },
  })
  const peerLinks = createMemoryPeerLinks({
    ...{ ...options.faults, carrier: 'el-peers', pairs: topology.elPeers, sever: peers.sever },
  })
  const components = new Map<string, SimComponent>()
  const handles = new Map<string, ElHandle>()
  for (const [name, spec] of Object.entries(topology.els)) {
    const engine = createSimEngine({
      ...{ name, world, events, onUnexpectedExit: options.onUnexpectedExit },
      ...{ genesis, chainConfigJson, executorOf, peers },
      ...{ random: random(name), restarts: random(`${name} restarts`) },
      persistent: spec.datadir === true,
      logger: createEventLogger({ component: name, events, level: 'warn' }),
    })
    components.set(name, engine)
    handles.set(name, {
      ...{ name, spec, lifecycle: engine.lifecycle, rpc: links.straight(name, engine.provider) },
      connectPeers: async () => {
        const pairs = topology.elPeers.filter((pair) => pair.includes(name))
        await Promise.all(pairs.map(([a, b]) => connectPair(handles, a, b)))
      },
    })
  }
  return { components, handles, peerPoints: peerLinks.points }
}
