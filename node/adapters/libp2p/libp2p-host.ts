import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { type GossipSub, gossipsub } from '@libp2p/gossipsub'
import { type Identify, identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { type Ping, ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2p } from 'libp2p'
import { createPace } from '../../concurrency/pace.ts'
import type { GossipTransportSettings } from '../../ports/gossip-transport.ts'
import { systemEventLoop } from '../system/system-event-loop.ts'
import { scoreParams } from './gossipsub-scoring.ts'
import { createInboundPlaces } from './inbound-places.ts'
import { multiaddrIp } from './multiaddr-ip.ts'
import { paceReads } from './pace-reads.ts'

// A type, not an interface: libp2p wants an index signature.
type HostServices = { identify: Identify; ping: Ping; pubsub: GossipSub }
export type Libp2pHost = Libp2p<HostServices>

/**
 * Connections that one address may begin per second. What they cost is bounded by the pace of reads; with fewer, a crowd
 * that comes back at once would use them up before a newcomer behind the same address, such as in a devstack.
 */
const inboundPerSecondMax = 100
/** Handshakes at a time that others began. */
const pendingMax = 50
/** A connection needs one stream per protocol and direction: identify, push, ping and gossip. */
const streamsMax = 64

/**
 * What one packet may hold; with more it is dropped. There are four topics, so honest peers have no use for more than a few
 * control messages, and every prune costs as much as a message.
 */
const packetLimits = {
  ...{ maxSubscriptions: 128, maxMessages: 512, maxControlMessages: 32, maxPeerInfos: 16 },
  // As in libp2p's Go implementation.
  ...{ maxIhaveMessageIDs: 5_000, maxIwantMessageIDs: 5_000, maxIdontwantMessageIDs: 512 },
}

/**
 * A libp2p host with the field's stack: TCP, noise, yamux, identify, ping and gossipsub.
 * Source of every number: specs/protocol/rollup-node-p2p.md, "Heartbeat and parameters", and op-node's defaults where the
 * specification leaves the choice open. Not started.
 */
export function createLibp2pHost(settings: GossipTransportSettings): Promise<Libp2pHost> {
  const { gate, mesh, connectionsMax, messageLengthMax } = settings
  const family = settings.listenHost.includes(':') ? 'ip6' : 'ip4'
  const refusesPeer = (peer: { toString(): string }) => gate.refusesPeer(peer.toString())
  const refusesAddress = (address: Parameters<typeof multiaddrIp>[0]) => {
    const ip = multiaddrIp(address)
    return ip !== null && gate.refusesIp(ip)
  }
  const pace = createPace(systemEventLoop)
  const places = createInboundPlaces({ connections: connectionsMax, pending: pendingMax })
  return createLibp2p<HostServices>({
    start: false,
    privateKey: privateKeyFromRaw(settings.privateKey),
    nodeInfo: { name: 'lockstep', userAgent: settings.userAgent },
    addresses: { listen: [`/${family}/${settings.listenHost}/tcp/${settings.listenPort}`] },
    transports: [tcp({ maxConnections: connectionsMax + 2 * pendingMax })],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ maxInboundStreams: streamsMax, maxOutboundStreams: streamsMax })],
    connectionGater: {
      denyDialPeer: refusesPeer,
      denyDialMultiaddr: refusesAddress,
      // Where the library first shows a connection: nothing was read from it yet.
      denyInboundConnection(connection) {
        paceReads(connection, pace)
        places.begin(connection)
        return refusesAddress(connection.remoteAddr)
      },
      denyOutboundConnection(_, connection) {
        paceReads(connection, pace)
        return false
      },
      denyOutboundEncryptedConnection: (peer, connection) =>
        refusesPeer(peer) || !places.enter(connection, 'outbound'),
      denyInboundEncryptedConnection: (peer, connection) =>
        refusesPeer(peer) || !places.enter(connection, 'inbound'),
    },
    connectionManager: {
      maxConnections: connectionsMax,
      inboundConnectionThreshold: inboundPerSecondMax,
      // Places keep to the maximum: this leaves time for those to end that give way.
      maxIncomingPendingConnections: 2 * pendingMax,
      // Static peers are redialled by us, with our clock.
      reconnectRetries: 0,
    },
    services: {
      identify: identify(),
      ping: ping(),
      pubsub: gossipsub({
        D: mesh.d,
        Dlo: mesh.lo,
        Dhi: mesh.hi,
        Dlazy: mesh.lazy,
        // Gossipsub asks for less than `Dlo`, and at most half of `D`, of peers that this node dialled.
        Dout: Math.max(0, Math.min(2, mesh.lo - 1, Math.floor(mesh.d / 2))),
        Dscore: Math.min(4, mesh.d),
        heartbeatInterval: 500,
        fanoutTTL: 24_000,
        mcacheLength: 12,
        mcacheGossip: 3,
        // 130 heartbeats.
        seenTTL: 65_000,
        // On by default, other than op-node's: meshes here are small, and a block may come before the first heartbeat.
        floodPublish: mesh.floodPublish,
        fallbackToFloodsub: true,
        emitSelf: false,
        // Whoever grafts and prunes would be written to the peer store each time, and would come before static peers.
        tagMeshPeers: false,
        allowPublishToZeroTopicPeers: true,
        ignoreDuplicatePublishError: true,
        globalSignaturePolicy: 'StrictNoSign',
        allowedTopics: [...settings.topics],
        decodeRpcLimits: packetLimits,
        maxInboundDataLength: messageLengthMax,
        maxOutboundBufferSize: 8 * messageLengthMax,
        msgIdFn: ({ topic, data }) => settings.messageId(topic, data),
        ...scoreParams(settings.scoring),
      }),
    },
  })
}
