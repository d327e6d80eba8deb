import type { FaultPoint, FaultPoints } from '../faults/fault-point.ts'
import type { FaultContext } from '../faults/fault-stand.ts'
import { createFaultPoints } from '../faults/point-group.ts'
import { type Link, startLink } from '../links/link.ts'
import { type PeerLink, startPeerLink } from '../links/peer-link.ts'
import type { GatewayConfig } from './gateway-config.ts'

/** Gateways that run without a devstack around them. */
export interface Gateways {
  /** Every connection, by name, and the groups `gossip` and `el-peers`. */
  readonly points: FaultPoints
  /** What the consumer of a link is given. @throws Error when there is no such link. */
  urlOf(link: string): string
  close(): Promise<void>
}

export interface GatewaysOptions extends FaultContext {
  readonly config: GatewayConfig
  /** Where all of them listen. */
  readonly host: string
  /** Names by which they may be called beside addresses. */
  readonly virtualHosts: readonly string[]
}

/**
 * Starts a gateway for every connection of the configuration.
 * @throws the listen error of the first that cannot; none is left then.
 */
export async function startGateways(options: GatewaysOptions): Promise<Gateways> {
  const { config, host, virtualHosts } = options
  const [links, peerLinks]: [Link[], PeerLink[]] = [[], []]
  const close = async () => void (await Promise.all([...links, ...peerLinks].map((one) => one.close())))
  try {
    for (const { name, listen, target } of config.links)
      links.push(await startLink({ ...options, name, target, virtualHosts, at: { host, port: listen } }))
    for (const { carrier, between } of config.peers) {
      const [a, b] = between.map(({ listen, ...end }) => ({ ...end, at: { host, port: listen } }))
      if (a !== undefined && b !== undefined)
        peerLinks.push(await startPeerLink({ ...options, carrier, peers: [a, b] }))
    }
  } catch (error) {
    await close()
    throw error
  }
  const peers: readonly FaultPoint[] = peerLinks.map(({ point }) => point)
  const carrying = (carrier: 'gossip' | 'el-peers') => peers.filter((one) => one.carriers.includes(carrier))
  return {
    points: createFaultPoints(
      [...links.map(({ point }) => point), ...peers],
      new Map([
        ['gossip', carrying('gossip')],
        ['el-peers', carrying('el-peers')],
      ]),
    ),
    urlOf(name) {
      const link = links.find((one) => one.name === name)
      if (link === undefined) throw new Error(`there is no link ${name}`)
      return link.url
    },
    close,
  }
}
