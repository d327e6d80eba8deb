import type { Steps } from '../protocol/steps.ts'

/** What becomes of a message. Accept: it is passed on. Reject: it is not, and speaks against its sender. Ignore: neither. */
export type MessageVerdict = 'accept' | 'ignore' | 'reject'

/** Gossip's degrees: specs/protocol/rollup-node-p2p.md, "Heartbeat and parameters". */
export interface GossipMesh {
  readonly d: number
  readonly lo: number
  readonly hi: number
  readonly lazy: number
  /** Own messages go to every peer of the topic, not only to the mesh. */
  readonly floodPublish: boolean
}

/** How the transport scores a peer, and what a score does to it. */
export interface PeerScoring {
  readonly thresholds: {
    /** Below it, no gossip about messages is exchanged with the peer. */
    readonly gossip: number
    /** Below it, own messages are not sent to the peer. */
    readonly publish: number
    /** Below it, everything that the peer sends is dropped unread. */
    readonly graylist: number
    readonly acceptPeerExchange: number
    readonly opportunisticGraft: number
  }
  /** Added to the score of a peer as it is. */
  readonly application: (peerId: string) => number
  readonly topicScoreMax: number
  /** Times the square of the peers at one address beyond `free`. */
  readonly sharedAddress: {
    readonly weight: number
    readonly free: number
    readonly exempt: readonly string[]
  }
  /** Times the square of the broken promises beyond `free`; they decay by the factor `decay`. */
  readonly behaviour: { readonly weight: number; readonly free: number; readonly decay: number }
  readonly decayIntervalMs: number
  /** What falls below it counts as zero. */
  readonly decayToZero: number
  /** How long the score of a peer that left is remembered. */
  readonly retainMs: number
}

/** Who may connect, asked at every attempt in either direction. `ip` is in its canonical spelling. */
export interface TransportGate {
  refusesPeer(peerId: string): boolean
  refusesIp(ip: string): boolean
}

export interface GossipTransportSettings {
  readonly listenHost: string
  /** TCP; 0 picks a free port. */
  readonly listenPort: number
  /** 32 bytes, secp256k1. */
  readonly privateKey: Uint8Array
  /** Open connections; more are refused. */
  readonly connectionsMax: number
  readonly gate: TransportGate
  /** The topics that may be subscribed to. */
  readonly topics: readonly string[]
  /** Asked before any other work for a message of a peer; one that is not admitted is dropped. Default: all are. */
  readonly admits?: (topic: string, data: Uint8Array, from: string) => boolean
  /**
   * Told of a message that was dropped before that: because too much of its peer waits already, or because it is signed,
   * which no block is.
   */
  readonly onDropped?: (why: 'too_many_waiting' | 'signed', from: string, bytes: number) => void
  /** All the long work for a message that was admitted, before its id is asked for. Default: there is none. */
  readonly prepare?: (topic: string, data: Uint8Array) => Steps<void>
  /** What two messages with the same content have in common. */
  readonly messageId: (topic: string, data: Uint8Array) => Uint8Array
  /** Bytes of a message. */
  readonly messageLengthMax: number
  readonly mesh: GossipMesh
  readonly scoring: PeerScoring
  readonly userAgent: string
}

export type OpenGossipTransport = (settings: GossipTransportSettings) => Promise<GossipTransport>

export interface PeerConnection {
  readonly peerId: string
  /** Multiaddr of the other end. */
  readonly address: string
  /** Null when the other end is known by a name only. */
  readonly ip: string | null
  readonly direction: 'inbound' | 'outbound'
  /** By the transport's clock, Unix milliseconds. */
  readonly openedAtMs: number
  /** Round trip; 0 until it is known. */
  readonly latencyMs: number
}

/** What a peer says of itself on a new connection. */
export interface PeerIdentity {
  readonly userAgent: string
  readonly protocolVersion: string
  readonly addresses: readonly string[]
  /** Sorted. */
  readonly protocols: readonly string[]
}

export type TransportEvent =
  /** A connection is open; a peer can have several. */
  | { readonly kind: 'opened'; readonly peerId: string; readonly direction: PeerConnection['direction'] }
  /** The first connection of a peer is open. */
  | { readonly kind: 'connected'; readonly peerId: string }
  /** The last connection of a peer is closed. */
  | { readonly kind: 'disconnected'; readonly peerId: string }
  | { readonly kind: 'identified'; readonly peerId: string; readonly identity: PeerIdentity }
  /** What a peer subscribes to has changed, or what is published reaches it by now. */
  | { readonly kind: 'subscriptions'; readonly peerId: string }

/**
 * Carries bytes between peers that subscribe to the same topics. It knows peers by the multihash of their key, spelt in
 * base58, and addresses as multiaddrs; what the bytes mean it does not know: whoever subscribes judges them.
 */
export interface GossipTransport {
  readonly peerId: string
  /** Listens. @throws Error that holds the socket's code, such as EADDRINUSE, when it cannot */
  start(): Promise<void>
  /** Closes every connection. */
  stop(): Promise<void>
  /** Where the node listens, each with `/p2p/<id>`. */
  addresses(): readonly string[]
  protocols(): readonly string[]
  /**
   * From the start on. `judge` is called once for every message of another peer that was not seen before and must not
   * throw; own messages do not come back.
   */
  subscribe(topic: string, judge: (data: Uint8Array, from: string) => MessageVerdict): void
  /** Resolves when the message is on its way; nobody has to be there. */
  publish(topic: string, data: Uint8Array): Promise<void>
  /** Connected peers that subscribe to the topic, and that a publication reaches. */
  subscribers(topic: string): readonly string[]
  /** All open ones. */
  connections(): readonly PeerConnection[]
  /** @returns an end for the listening. */
  listen(listener: (event: TransportEvent) => void): () => void
  /**
   * Resolves with the peer's id when a connection is open, at once when there is one. The other side may still refuse
   * and close it.
   */
  dial(address: string, signal: AbortSignal): Promise<string>
  hangUp(peerId: string): Promise<void>
  /** The last to be dropped when there are too many connections. */
  protect(peerId: string): Promise<void>
  /** Zero for strangers. */
  score(peerId: string): number
  /** The broken promises that count into the score. */
  behaviourPenalty(peerId: string): number
  /** The id at the end of an address; null without one. @throws Error that says what is wrong with the address */
  peerOf(address: string): string | null
  /** A peer id in its one spelling; null for anything else. */
  parsePeerId(text: string): string | null
  /** Compressed secp256k1 key; null for peers with a key of another kind. */
  publicKey(peerId: string): Uint8Array | null
}
