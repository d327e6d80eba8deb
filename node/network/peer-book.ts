import type { NodeRecord } from '../ports/discovery.ts'
import type { ApplicationCounts } from './application-score.ts'
import { peersPerAddressFree } from './gossip-scoring.ts'
import type { P2pNode } from './libp2p-node.ts'
import { multiaddrIp } from './multiaddr-ip.ts'
import type { PeerFacts } from './peer-info.ts'
import type { KeptPeer } from './peer-keeper.ts'

const knownPeersMax = 1_000

interface Identified {
  readonly userAgent: string
  readonly protocolVersion: string
  readonly addresses: readonly string[]
  readonly protocols: readonly string[]
  readonly publicKey: Uint8Array | null
}

/** What the node knows of its peers, and the moments at which it learns it. */
export interface PeerBook {
  self(): PeerFacts
  peers(connectedOnly: boolean): readonly PeerFacts[]
  /** The connected peers, by what decides whether they stay. */
  connected(): readonly Pick<KeptPeer, 'peerId' | 'score' | 'connectedAtMs' | 'isProtected'>[]
  isConnected(peerId: string): boolean
  /** Resolves once identify has run on the current connection; rejects when that closes before. */
  identified(peerId: string, signal: AbortSignal): Promise<void>
  /** Resolves once the peer subscribes to a block topic. */
  subscribed(peerId: string, signal: AbortSignal): Promise<void>
  /** Resolves once the peer is not connected. */
  disconnected(peerId: string, signal: AbortSignal): Promise<void>
  forget(peerId: string): void
  /** Takes in what a peer says about itself in discovery. */
  noteRecord(record: NodeRecord): void
}

export function createPeerBook(options: {
  readonly node: P2pNode
  readonly topics: readonly string[]
  readonly chainId: bigint
  readonly isProtected: (peerId: string) => boolean
  readonly applicationCounts: (peerId: string) => ApplicationCounts
  /** The own record; empty without discovery. */
  readonly ownRecord: () => string
}): PeerBook {
  const { node, topics } = options
  const { pubsub } = node.services
  /** By peer id, the longest known first. */
  const known = new Map<string, Identified | null>()
  /** Peers whose current connection has been identified. */
  const current = new Set<string>()

  /** Records of this chain, by peer id; the one that was found last at the end. */
  const records = new Map<string, string>()

  function remember(peerId: string, facts: Identified | null): void {
    known.delete(peerId)
    known.set(peerId, facts)
    if (known.size <= knownPeersMax) return
    for (const id of known.keys()) {
      if (isConnected(id)) continue
      known.delete(id)
      return
    }
  }

  node.addEventListener('peer:connect', ({ detail }) => {
    const id = detail.toString()
    if (!known.has(id)) remember(id, null)
  })
  node.addEventListener('peer:disconnect', ({ detail }) => current.delete(detail.toString()))
  node.addEventListener('peer:identify', ({ detail }) => {
    current.add(detail.peerId.toString())
    remember(detail.peerId.toString(), {
      userAgent: detail.agentVersion ?? '',
      protocolVersion: detail.protocolVersion ?? '',
      addresses: detail.listenAddrs.map(String),
      protocols: [...detail.protocols].sort(),
      publicKey: publicKeyOf(detail.peerId),
    })
  })

  const connections = (peerId: string) =>
    node.getConnections().filter((one) => one.remotePeer.toString() === peerId && one.status === 'open')
  const isConnected = (peerId: string) => connections(peerId).length > 0
  const isSubscribed = (peerId: string) =>
    topics.some((topic) => pubsub.getSubscribers(topic).some((peer) => peer.toString() === peerId))

  /** Gossipsub's P6, which it does not tell: the square of the peers at the same address that are too many. */
  function ipColocationFactor(peerId: string): number {
    const ip = connections(peerId)[0]?.remoteAddr
    if (ip === undefined) return 0
    const address = multiaddrIp(ip)
    const neighbours = new Set(
      node
        .getConnections()
        .filter(({ remoteAddr }) => multiaddrIp(remoteAddr) === address)
        .map(({ remotePeer }) => remotePeer.toString()),
    )
    return Math.max(0, neighbours.size - peersPerAddressFree) ** 2
  }

  function facts(peerId: string): PeerFacts {
    const identity = known.get(peerId)
    const connection = connections(peerId)[0]
    const gossipBlocks = isSubscribed(peerId)
    return {
      peerId,
      publicKey:
        identity?.publicKey ?? (connection === undefined ? null : publicKeyOf(connection.remotePeer)),
      userAgent: identity?.userAgent ?? '',
      protocolVersion: identity?.protocolVersion ?? '',
      addresses: identity?.addresses ?? (connection === undefined ? [] : [String(connection.remoteAddr)]),
      protocols: identity?.protocols ?? [],
      connected: connection !== undefined,
      direction: connection?.direction ?? 'unknown',
      isProtected: options.isProtected(peerId),
      record: records.get(peerId) ?? '',
      chainId: gossipBlocks || records.has(peerId) ? options.chainId : 0n,
      latencyMs: connection?.rtt ?? 0,
      gossipBlocks,
      gossipScore: gossipScore(pubsub, peerId),
      ipColocationFactor: ipColocationFactor(peerId),
      behaviourPenalty: behaviourPenalty(pubsub, peerId),
      application: options.applicationCounts(peerId),
    }
  }

  return {
    self: () => ({
      peerId: node.peerId.toString(),
      publicKey: publicKeyOf(node.peerId),
      userAgent: '',
      protocolVersion: '',
      addresses: node.getMultiaddrs().map(String),
      protocols: [...node.getProtocols()].sort(),
      connected: false,
      direction: 'unknown',
      isProtected: false,
      record: options.ownRecord(),
      chainId: options.chainId,
      latencyMs: 0,
      gossipBlocks: true,
      gossipScore: 0,
      ipColocationFactor: 0,
      behaviourPenalty: 0,
      application: options.applicationCounts(node.peerId.toString()),
    }),
    peers: (connectedOnly) => [...known.keys()].filter((id) => !connectedOnly || isConnected(id)).map(facts),
    connected: () =>
      node.getPeers().map((peer) => {
        const peerId = peer.toString()
        return {
          peerId,
          score: gossipScore(pubsub, peerId),
          connectedAtMs: Math.min(...connections(peerId).map(({ timeline }) => timeline.open)),
          isProtected: options.isProtected(peerId),
        }
      }),
    isConnected,
    identified: (peerId, signal) =>
      until(
        signal,
        () => {
          if (current.has(peerId)) return true
          if (isConnected(peerId)) return false
          throw new Error(`peer ${peerId} closed the connection`)
        },
        (check) => {
          const ends = [listen(node, 'peer:identify', check), listen(node, 'peer:disconnect', check)]
          return () => {
            for (const end of ends) end()
          }
        },
      ),
    subscribed: (peerId, signal) =>
      until(
        signal,
        () => isSubscribed(peerId),
        (check) => listen(pubsub, 'subscription-change', check),
      ),
    disconnected: (peerId, signal) =>
      until(
        signal,
        () => !isConnected(peerId),
        (check) => listen(node, 'peer:disconnect', check),
      ),
    forget: (peerId) => {
      known.delete(peerId)
    },
    noteRecord: ({ peerId, text }) => {
      records.delete(peerId)
      records.set(peerId, text)
      if (records.size > knownPeersMax) records.delete(records.keys().next().value as string)
    },
  }
}

/**
 * Resolves when the condition holds, which is looked at now and at every event. Rejects when the signal aborts or the
 * condition throws.
 */
function until(
  signal: AbortSignal,
  condition: () => boolean,
  onEvent: (check: () => void) => () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let stop = () => {}
    const end = () => {
      stop()
      signal.removeEventListener('abort', abort)
    }
    const abort = () => {
      end()
      reject(signal.reason)
    }
    const check = () => {
      try {
        if (!condition()) return false
        resolve()
      } catch (error) {
        reject(error)
      }
      end()
      return true
    }
    if (signal.aborted) return abort()
    if (check()) return
    stop = onEvent(check)
    signal.addEventListener('abort', abort, { once: true })
  })
}

interface EventSource<Name extends string> {
  addEventListener(name: Name, listener: () => void): void
  removeEventListener(name: Name, listener: () => void): void
}

function listen<Name extends string>(
  target: EventSource<Name>,
  name: Name,
  listener: () => void,
): () => void {
  target.addEventListener(name, listener)
  return () => target.removeEventListener(name, listener)
}

function publicKeyOf(peer: P2pNode['peerId']): Uint8Array | null {
  return peer.type === 'secp256k1' ? peer.publicKey.raw : null
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
