import type { FaultPoint, FaultPoints } from '../../faults/fault-point.ts'
import type { FaultContext } from '../../faults/fault-stand.ts'
import { createNodePoint } from '../../faults/node-point.ts'
import { createFaultPoints } from '../../faults/point-group.ts'
import type { HostilePeer } from '../../hostile/hostile-peer.ts'
import type { Link } from '../../links/link.ts'
import type { PeerLink } from '../../links/peer-link.ts'
import type { Topology } from '../topology.ts'
import type { ClComponent, ElComponent } from './components.ts'
import { connectEngines } from './execution-engines.ts'

export interface FaultPointModules extends FaultContext {
  readonly topology: Topology
  readonly links: ReadonlyMap<string, Link>
  readonly peerLinks: ReadonlyMap<string, PeerLink>
  readonly els: ReadonlyMap<string, ElComponent>
  readonly cls: ReadonlyMap<string, ClComponent>
  readonly hostile: readonly HostilePeer[]
}

/** Every connection and every component of a live world as a fault point. */
export function liveFaultPoints(modules: FaultPointModules): FaultPoints {
  const { topology, els, cls } = modules
  const peers = [...modules.peerLinks.values()].map(({ point }) => point)
  const engines = [...els].map(([name, el]) =>
    createNodePoint({
      ...modules,
      name,
      lifecycle: el.lifecycle,
      // An engine that was started again has forgotten whom it knew.
      onStarted: () =>
        connectEngines(
          els,
          topology.elPeers.filter((pair) => pair.includes(name) && pair.every((one) => runs(els, one))),
        ),
    }),
  )
  const nodes = [...cls].map(([name, cl]) => createNodePoint({ ...modules, name, lifecycle: cl.lifecycle }))
  const carrying = (carrier: 'gossip' | 'el-peers'): readonly FaultPoint[] =>
    peers.filter(({ carriers }) => carriers.includes(carrier))
  return createFaultPoints(
    [
      ...[...modules.links.values(), ...modules.hostile].map(({ point }) => point),
      ...[...peers, ...nodes, ...engines],
    ],
    new Map([
      ['gossip', carrying('gossip')],
      ['el-peers', carrying('el-peers')],
    ]),
  )
}

const runs = (els: ReadonlyMap<string, ElComponent>, name: string) =>
  els.get(name)?.lifecycle.running === true
