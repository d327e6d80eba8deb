import type { NodeRecord } from '../ports/discovery.ts'
import type { GossipTransport, PeerIdentity } from '../ports/gossip-transport.ts'
import type { ApplicationCounts } from './application-score.ts'
import { peersPerAddressFree } from './gossip-scoring.ts'
import { enodeId, type PeerFacts } from './peer-info.ts'
import type { KeptPeer } from './peer-keeper.ts'

const knownPeersMax = 1_000

/** What the node knows of its peers, and the moments at which it learns it. */
export interface PeerBook {
  self(): PeerFacts
  peers(connectedOnly: boolean): readonly PeerFacts[]
  /** Their ids. */
  connectedPeers(): ReadonlySet<string>
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
  readonly transport: GossipTransport
  readonly topics: readonly string[]
  readonly chainId: bigint
  readonly isProtected: (peerId: string) => boolean
  readonly applicationCounts: (peerId: string) => ApplicationCounts
  /** The own record; empty without discovery. */
  readonly ownRecord: () => string
}): PeerBook {
  const { transport, topics } = options
  /** By peer id, the longest known first. */
  const known = new Map<string, PeerIdentity | null>()
  /** Peers whose current connection has been identified. */
  const current = new Set<string>()
  /** By peer id; an id never has another key. */
  const nodeIds = new Map<string, string>()
  /** Records of this chain, by peer id; the one that was found last at the end. */
  const records = new Map<string, string>()

  function remember(peerId: string, identity: PeerIdentity | null): void {
    known.delete(peerId)
    known.set(peerId, identity)
    if (known.size <= knownPeersMax) return
    for (const id of known.keys()) {
      if (isConnected(id)) continue
      known.delete(id)
      return
    }
  }

  transport.listen((event) => {
    const { peerId } = event
    if (event.kind === 'connected' && !known.has(peerId)) remember(peerId, null)
    else if (event.kind === 'disconnected') current.delete(peerId)
    else if (event.kind === 'identified') {
      current.add(peerId)
      remember(peerId, event.identity)
    }
  })

  const connections = (peerId: string) => transport.connections().filter((one) => one.peerId === peerId)
  const connectedPeers = () => new Set(transport.connections().map((one) => one.peerId))
  const isConnected = (peerId: string) => connections(peerId).length > 0
  const isSubscribed = (peerId: string) =>
    topics.some((topic) => transport.subscribers(topic).includes(peerId))

  /** The score's part for a shared address, which transports do not tell. */
  function ipColocationFactor(peerId: string): number {
    const connection = connections(peerId)[0]
    if (connection === undefined) return 0
    const neighbours = transport.connections().filter(({ ip }) => ip === connection.ip)
    return Math.max(0, new Set(neighbours.map((one) => one.peerId)).size - peersPerAddressFree) ** 2
  }

  function nodeIdOf(peerId: string): string {
    const before = nodeIds.get(peerId)
    if (before !== undefined) return before
    const key = transport.publicKey(peerId)
    const id = key === null ? '' : enodeId(key)
    if (nodeIds.size >= knownPeersMax) nodeIds.clear()
    nodeIds.set(peerId, id)
    return id
  }

  function facts(peerId: string): PeerFacts {
    const identity = known.get(peerId)
    const connection = connections(peerId)[0]
    const gossipBlocks = isSubscribed(peerId)
    return {
      peerId,
      nodeId: nodeIdOf(peerId),
      userAgent: identity?.userAgent ?? '',
      protocolVersion: identity?.protocolVersion ?? '',
      addresses: identity?.addresses ?? (connection === undefined ? [] : [connection.address]),
      protocols: identity?.protocols ?? [],
      connected: connection !== undefined,
      direction: connection?.direction ?? 'unknown',
      isProtected: options.isProtected(peerId),
      record: records.get(peerId) ?? '',
      chainId: gossipBlocks || records.has(peerId) ? options.chainId : 0n,
      latencyMs: connection?.latencyMs ?? 0,
      gossipBlocks,
      gossipScore: transport.score(peerId),
      ipColocationFactor: ipColocationFactor(peerId),
      behaviourPenalty: transport.behaviourPenalty(peerId),
      application: options.applicationCounts(peerId),
    }
  }

  /**
   * Resolves when the condition holds, which is looked at now and at every event. Rejects when the signal aborts or the
   * condition throws.
   */
  function until(signal: AbortSignal, condition: () => boolean): Promise<void> {
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
      stop = transport.listen(check)
      signal.addEventListener('abort', abort, { once: true })
    })
  }

  return {
    self: () => ({
      peerId: transport.peerId,
      nodeId: nodeIdOf(transport.peerId),
      userAgent: '',
      protocolVersion: '',
      addresses: transport.addresses(),
      protocols: transport.protocols(),
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
      application: options.applicationCounts(transport.peerId),
    }),
    peers: (connectedOnly) => [...known.keys()].filter((id) => !connectedOnly || isConnected(id)).map(facts),
    connectedPeers,
    connected() {
      const openedAtMs = new Map<string, number>()
      for (const one of transport.connections())
        openedAtMs.set(one.peerId, Math.min(one.openedAtMs, openedAtMs.get(one.peerId) ?? one.openedAtMs))
      return [...openedAtMs].map(([peerId, connectedAtMs]) => ({
        peerId,
        score: transport.score(peerId),
        connectedAtMs,
        isProtected: options.isProtected(peerId),
      }))
    },
    isConnected,
    identified: (peerId, signal) =>
      until(signal, () => {
        if (current.has(peerId)) return true
        if (isConnected(peerId)) return false
        throw new Error(`peer ${peerId} closed the connection`)
      }),
    subscribed: (peerId, signal) => until(signal, () => isSubscribed(peerId)),
    disconnected: (peerId, signal) => until(signal, () => !isConnected(peerId)),
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
