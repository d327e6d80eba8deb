import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { type GossipSub, gossipsub } from '@libp2p/gossipsub'
import { type Identify, identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { type Ping, ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2p } from 'libp2p'
import { gossipMessageId, gossipMessageLengthMax } from '../protocol/gossip-message.ts'
import type { PeerGate } from './peer-gate.ts'

// A type, not an interface: libp2p wants an index signature.
type NodeServices = { identify: Identify; ping: Ping; pubsub: GossipSub }
export type P2pNode = Libp2p<NodeServices>

export interface P2pNodeOptions {
  readonly listenHost: string
  readonly listenPort: number
  /** 32 bytes, secp256k1. */
  readonly privateKey: Uint8Array
  readonly peersMax: number
  readonly gate: PeerGate
  readonly topics: readonly string[]
  readonly userAgent: string
  /** The L2 block time. */
  readonly slotMs: number
}

/** Scores decay by L2 blocks; an epoch is six of them, as on L1's beacon chain by time. */
const epochSlots = 6

/**
 * A libp2p host with the field's stack: TCP, noise, yamux, identify, ping and gossipsub.
 * Source of every number: specs/protocol/rollup-node-p2p.md, "Gossipsub configuration", and op-node's defaults where the
 * specification leaves the choice open. Not started.
 */
export function createP2pNode(options: P2pNodeOptions): Promise<P2pNode> {
  const family = options.listenHost.includes(':') ? 'ip6' : 'ip4'
  const blocked = (peer: { toString(): string }) => options.gate.isBlocked(peer.toString())
  return createLibp2p<NodeServices>({
    start: false,
    privateKey: privateKeyFromRaw(options.privateKey),
    nodeInfo: { name: 'lockstep', userAgent: options.userAgent },
    addresses: { listen: [`/${family}/${options.listenHost}/tcp/${options.listenPort}`] },
    transports: [tcp({ maxConnections: options.peersMax * 2 })],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: {
      denyDialPeer: blocked,
      denyOutboundEncryptedConnection: blocked,
      denyInboundEncryptedConnection: blocked,
    },
    connectionManager: {
      maxConnections: options.peersMax,
      // All peers of a devstack share one address.
      inboundConnectionThreshold: 50,
      maxIncomingPendingConnections: 50,
      // Static peers are redialled by us, with our clock.
      reconnectRetries: 0,
    },
    services: {
      identify: identify(),
      ping: ping(),
      pubsub: gossipsub({
        D: 8,
        Dlo: 6,
        Dhi: 12,
        Dlazy: 6,
        heartbeatInterval: 500,
        fanoutTTL: 60_000,
        mcacheLength: 12,
        mcacheGossip: 3,
        // 130 heartbeats.
        seenTTL: 65_000,
        // A block goes to every peer at once: meshes here are small, and a block may come before the first heartbeat.
        floodPublish: true,
        fallbackToFloodsub: true,
        emitSelf: false,
        allowPublishToZeroTopicPeers: true,
        ignoreDuplicatePublishError: true,
        globalSignaturePolicy: 'StrictNoSign',
        allowedTopics: [...options.topics],
        maxInboundDataLength: gossipMessageLengthMax,
        maxOutboundBufferSize: 8 * gossipMessageLengthMax,
        msgIdFn: ({ topic, data }) => gossipMessageId(topic, data),
        scoreThresholds: {
          gossipThreshold: -10,
          publishThreshold: -40,
          graylistThreshold: -40,
          acceptPXThreshold: 20,
          opportunisticGraftThreshold: 0.05,
        },
        scoreParams: {
          // Topics are not scored: op-node's default.
          topics: {},
          topicScoreCap: 34,
          appSpecificScore: () => 0,
          appSpecificWeight: 1,
          IPColocationFactorWeight: -35,
          IPColocationFactorThreshold: 10,
          behaviourPenaltyWeight: -16,
          behaviourPenaltyThreshold: 6,
          // Down to a hundredth within ten epochs.
          behaviourPenaltyDecay: 0.01 ** (1 / (10 * epochSlots)),
          decayInterval: options.slotMs,
          decayToZero: 0.01,
          retainScore: 100 * epochSlots * options.slotMs,
        },
      }),
    },
  })
}
