import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { createTurns } from '../../concurrency/turns.ts'
import type {
  GossipTransport,
  GossipTransportSettings,
  PeerConnection,
  TransportEvent,
} from '../../ports/gossip-transport.ts'
import { systemEventLoop } from '../system/system-event-loop.ts'
import { admitMessages } from './admit-messages.ts'
import { forgetPeers } from './forget-peers.ts'
import { createLibp2pHost, type Libp2pHost } from './libp2p-host.ts'
import { multiaddrIp } from './multiaddr-ip.ts'
import { parsePeerId, peerOfAddress, publicKeyOfPeer } from './peer-names.ts'
import { reachedSubscribers } from './reached-subscribers.ts'

/** The GossipTransport port on a libp2p host with gossipsub. */
export async function openLibp2pTransport(settings: GossipTransportSettings): Promise<GossipTransport> {
  const host = await createLibp2pHost(settings)
  const { pubsub } = host.services
  const ipOf = rememberIps()
  forgetPeers(host)
  admitMessages(pubsub, settings, createTurns(systemEventLoop))
  const listeners = new Set<(event: TransportEvent) => void>()
  const subscribers = reachedSubscribers(pubsub, (peerId) => {
    for (const tell of listeners) tell({ kind: 'subscriptions', peerId })
  })
  return {
    peerId: host.peerId.toString(),
    start: async () => host.start(),
    stop: async () => host.stop(),
    addresses: () => host.getMultiaddrs().map(String),
    protocols: () => [...host.getProtocols()].sort(),
    subscribe(topic, judge) {
      // The library's enumeration of verdicts has the port's words as its values.
      pubsub.topicValidators.set(topic, (peer, { data }) => judge(data, peer.toString()) as never)
      pubsub.subscribe(topic)
    },
    publish: async (topic, data) => void (await pubsub.publish(topic, data)),
    subscribers,
    connections: () =>
      host
        .getConnections()
        .filter(({ status }) => status === 'open')
        .map((open) => connection(open, ipOf)),
    listen(listener) {
      listeners.add(listener)
      const end = listenTo(host, listener)
      return () => {
        listeners.delete(listener)
        end()
      }
    },
    async dial(address, signal) {
      const { remotePeer } = await host.dial(multiaddr(address), { signal })
      return remotePeer.toString()
    },
    hangUp: (peerId) => host.hangUp(peerIdFromString(peerId)),
    async protect(peerId) {
      await host.peerStore.merge(peerIdFromString(peerId), { tags: { static: { value: 100 } } })
    },
    score: (peerId) => gossipScore(pubsub, peerId),
    behaviourPenalty: (peerId) => behaviourPenalty(pubsub, peerId),
    peerOf: peerOfAddress,
    parsePeerId,
    publicKey: publicKeyOfPeer,
  }
}

type Open = ReturnType<Libp2pHost['getConnections']>[number]

function connection(open: Open, ipOf: (open: Open) => string | null): PeerConnection {
  return {
    peerId: open.remotePeer.toString(),
    address: open.remoteAddr.toString(),
    ip: ipOf(open),
    direction: open.direction,
    openedAtMs: open.timeline.open,
    latencyMs: open.rtt ?? 0,
  }
}

/** The addresses of all connections are asked for whenever one opens or closes, and take long to read. */
function rememberIps(): (open: Open) => string | null {
  const known = new WeakMap<Open, string | null>()
  return (open) => {
    const found = known.get(open)
    if (found !== undefined) return found
    const ip = multiaddrIp(open.remoteAddr)
    known.set(open, ip)
    return ip
  }
}

function listenTo(host: Libp2pHost, tell: (event: TransportEvent) => void): () => void {
  const ends = new AbortController()
  const { signal } = ends
  const on: Libp2pHost['addEventListener'] = (name, listener) =>
    host.addEventListener(name, listener, { signal })
  on('connection:open', ({ detail: { remotePeer, direction } }) =>
    tell({ kind: 'opened', peerId: remotePeer.toString(), direction }),
  )
  on('peer:connect', ({ detail }) => tell({ kind: 'connected', peerId: detail.toString() }))
  on('peer:disconnect', ({ detail }) => tell({ kind: 'disconnected', peerId: detail.toString() }))
  on('peer:identify', ({ detail }) =>
    tell({
      kind: 'identified',
      peerId: detail.peerId.toString(),
      identity: {
        userAgent: detail.agentVersion ?? '',
        protocolVersion: detail.protocolVersion ?? '',
        addresses: detail.listenAddrs.map(String),
        protocols: [...detail.protocols].sort(),
      },
    }),
  )
  const { pubsub } = host.services
  pubsub.addEventListener(
    'subscription-change',
    ({ detail: { peerId } }) => tell({ kind: 'subscriptions', peerId: peerId.toString() }),
    { signal },
  )
  return () => ends.abort()
}

/** The score is a method of the implementation that its public type leaves out. */
function gossipScore(pubsub: object, peerId: string): number {
  if (!('getScore' in pubsub) || typeof pubsub.getScore !== 'function') return 0
  const score: unknown = pubsub.getScore(peerId)
  return typeof score === 'number' && Number.isFinite(score) ? score : 0
}

/** As {@link gossipScore}. */
function behaviourPenalty(pubsub: object, peerId: string): number {
  if (!('dumpPeerScoreStats' in pubsub) || typeof pubsub.dumpPeerScoreStats !== 'function') return 0
  const stats: Readonly<Record<string, { readonly behaviourPenalty: number }>> = pubsub.dumpPeerScoreStats()
  return stats[peerId]?.behaviourPenalty ?? 0
}
