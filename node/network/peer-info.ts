import { secp256k1 } from '@noble/curves/secp256k1'
import type { PeerInfo } from '../ports/gossip.ts'
import { keccak256Bytes } from '../protocol/keccak.ts'

/** What is known of a peer, or of ourselves. */
export interface PeerFacts {
  readonly peerId: string
  /** Compressed secp256k1 key; null for peers with a key of another kind. */
  readonly publicKey: Uint8Array | null
  readonly userAgent: string
  readonly protocolVersion: string
  readonly addresses: readonly string[]
  readonly protocols: readonly string[]
  readonly connected: boolean
  readonly direction: 'unknown' | 'inbound' | 'outbound'
  readonly isStatic: boolean
  /** Zero when it is not known to share our chain. */
  readonly chainId: bigint
  readonly latencyMs: number
  /** Subscribed to one of the block topics. */
  readonly gossipBlocks: boolean
  readonly gossipScore: number
}

const directions = { unknown: 0, inbound: 1, outbound: 2 } as const

/** op-node's PeerInfo: names, number formats and codes as its `opp2p_peers` and `opp2p_self` answer them. */
export function peerInfoToJson(peer: PeerFacts): PeerInfo {
  return {
    peerID: peer.peerId,
    nodeID: peer.publicKey === null ? '' : enodeId(peer.publicKey),
    userAgent: peer.userAgent,
    protocolVersion: peer.protocolVersion,
    ENR: '',
    addresses: peer.addresses,
    protocols: peer.protocols,
    connectedness: peer.connected ? 1 : 0,
    direction: directions[peer.direction],
    protected: peer.isStatic,
    chainID: Number(peer.chainId),
    // Nanoseconds, as Go prints a duration.
    latency: Math.round(peer.latencyMs * 1_000_000),
    gossipBlocks: peer.gossipBlocks,
    scores: {
      gossip: {
        total: peer.gossipScore,
        blocks: {
          timeInMesh: 0,
          firstMessageDeliveries: 0,
          meshMessageDeliveries: 0,
          invalidMessageDeliveries: 0,
        },
        IPColocationFactor: 0,
        behavioralPenalty: 0,
      },
      reqResp: { validResponses: 0, errorResponses: 0, rejectedPayloads: 0 },
    },
  }
}

/** devp2p's node id: keccak256 of the uncompressed public key, hex without 0x. */
function enodeId(publicKey: Uint8Array): string {
  const point = secp256k1.Point.fromHex(publicKey).toBytes(false)
  return Buffer.from(keccak256Bytes(point.subarray(1))).toString('hex')
}

/** op-node's PeerDump. */
export function peerDumpToJson(peers: readonly PeerFacts[], blocked: readonly string[]): PeerInfo {
  return {
    totalConnected: peers.filter((peer) => peer.connected).length,
    peers: Object.fromEntries(peers.map((peer) => [peer.peerId, peerInfoToJson(peer)])),
    bannedPeers: blocked,
    bannedIPS: [],
    bannedSubnets: [],
  }
}
