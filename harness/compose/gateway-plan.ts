import type { GatewayConfig } from '../gateway/gateway-config.ts'
import { planLinks } from '../world/live/endpoints.ts'
import type { PeerPair, Topology } from '../world/topology.ts'
import { http, names, ports } from './addresses.ts'

/** The gateways of a Compose file: one for every arrow, in one service. */
export interface GatewayPlan {
  readonly config: GatewayConfig
  /** What the consumer of a link is given. */
  urlOf(link: string): string
  /** The port of the gateway at which one peer reaches another. */
  peerPort(from: string, to: string): number
}

/** Gives every connection of a topology a port of the gateway. Engines that know no peer before they run have none here. */
export function planGateways(topology: Topology): GatewayPlan {
  let next: number = ports.gateway
  const links = planLinks(topology, {
    l1: http(names.l1, ports.http),
    beacon: http(names.l1, ports.beacon),
    engine: (el) => http(el, ports.engine),
    el: (name) => http(name, ports.http),
    cl: (name) => http(name, ports.rpc),
  }).map(({ name, target }) => ({ name, target, listen: next++ }))
  const end = (name: string, port: number) => ({ name, host: name, port, listen: next++ })
  const pairs = (carrier: 'gossip' | 'el-peers', of: readonly PeerPair[], port: number) =>
    of.map(([a, b]): GatewayConfig['peers'][number] => ({ carrier, between: [end(a, port), end(b, port)] }))
  const peers = [
    ...pairs('gossip', topology.gossip, ports.gossip),
    ...pairs('el-peers', enginePairs(topology), ports.peer),
  ]
  return {
    config: { links, peers },
    urlOf(link) {
      const found = links.find(({ name }) => name === link)
      if (found === undefined) throw new Error(`no gateway is planned for ${link}`)
      return http(names.gateway, found.listen)
    },
    peerPort(from, to) {
      const pair = peers.find(({ between }) =>
        [from, to].every((one) => between.some(({ name }) => name === one)),
      )
      const found = pair?.between.find(({ name }) => name === to)
      if (found === undefined) throw new Error(`no gateway is planned from ${from} to ${to}`)
      return found.listen
    },
  }
}

/** An engine of ours takes its peers by a flag; others have keys of their own, which nobody knows before they run. */
function enginePairs({ elPeers, els }: Topology): readonly PeerPair[] {
  return elPeers.filter((pair) => pair.every((name) => els[name]?.kind === 'embedded-el'))
}
