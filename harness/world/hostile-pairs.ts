import type { PeerPair, Topology } from './topology.ts'

/** Each hostile peer with each node that it connects to; the node does not connect to it. */
export function hostilePairs({ hostile = {} }: Pick<Topology, 'hostile'>): readonly PeerPair[] {
  return Object.entries(hostile).flatMap(([name, { gossip }]) => gossip.map((peer): PeerPair => [name, peer]))
}
