import type { SignBlock } from '../../../node/network/block-signature.ts'
import type { OpenGossipTransport } from '../../../node/ports/gossip-transport.ts'
import type { FaultContext } from '../../faults/fault-stand.ts'
import type { Accounts } from '../../genesis/accounts.ts'
import { type HostilePeer, startHostilePeer } from '../../hostile/hostile-peer.ts'
import type { Topology } from '../topology.ts'
import type { SimChain } from './sim-chain.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** What gossips is connected by, and where: of the nodes of a world, for who is none of them. */
export interface SimGossip {
  readonly openTransport: OpenGossipTransport
  readonly signBlock: SignBlock
  /** Of each node by name, with its peer id. */
  readonly addresses: ReadonlyMap<string, string>
}

export interface SimHostilePeersOptions extends FaultContext {
  readonly clock: VirtualClock
  readonly topology: Topology
  readonly rollup: SimChain['rollup']
  readonly accounts: Accounts
  readonly gossip: SimGossip
}

/** Starts the hostile peers of the topology; they connect when there is somebody to connect to. */
export function startSimHostilePeers(options: SimHostilePeersOptions): Promise<readonly HostilePeer[]> {
  const { topology, clock, gossip, rollup, accounts } = options
  return Promise.all(
    Object.entries(topology.hostile ?? {}).map(([name, { gossip: peers }]) =>
      startHostilePeer({
        ...{ ...options, ...gossip, name, clock: clock.of(name), config: rollup },
        sequencerKey: accounts.sequencer.privateKey,
        addresses: peers.map((peer) => gossip.addresses.get(peer)!),
      }),
    ),
  )
}
