import type { FaultContext } from '../../faults/fault-stand.ts'
import { type PeerLink, startPeerLink } from '../../links/peer-link.ts'
import { hostilePairs } from '../hostile-pairs.ts'
import type { PeerPair, Topology } from '../topology.ts'
import type { BootContext } from './boot-context.ts'
import type { Endpoints } from './endpoints.ts'

const linkName = (a: string, b: string) => `${a}↔${b}`

/**
 * Starts a link for each pair of peers of a topology: nodes that gossip, engines that sync. Each is put into `links` as soon
 * as it is there, so that whoever tears down knows of it.
 */
export async function startPeerLinks(
  topology: Topology,
  endpoints: Endpoints,
  context: FaultContext,
  links: Map<string, PeerLink>,
): Promise<void> {
  const start = async (carrier: 'gossip' | 'el-peers', [a, b]: PeerPair) => {
    const end = (name: string) => ({
      name,
      port: (carrier === 'gossip' ? endpoints.cls.get(name)?.p2p : endpoints.els.get(name)?.peer) ?? null,
    })
    links.set(linkName(a, b), await startPeerLink({ ...context, carrier, peers: [end(a), end(b)] }))
  }
  await Promise.all([
    ...topology.gossip.map((pair) => start('gossip', pair)),
    ...topology.elPeers.map((pair) => start('el-peers', pair)),
    ...hostilePairs(topology).map((pair) => start('gossip', pair)),
  ])
}

/** At which port of 127.0.0.1 a component reaches each of its peers. */
export function peerPorts(
  { peerLinks }: Pick<BootContext, 'peerLinks'>,
  name: string,
  pairs: readonly PeerPair[],
): ReadonlyMap<string, number> {
  return new Map(
    pairs.flatMap(([a, b]): [string, number][] => {
      const peer = a === name ? b : b === name ? a : undefined
      const link = peerLinks.get(linkName(a, b))
      return peer === undefined || link === undefined ? [] : [[peer, link.portFrom(name)]]
    }),
  )
}
