import { secp256k1 } from '@noble/curves/secp256k1'
import type { PeerInfo } from '../ports/peer-admin.ts'
import { keccak256Bytes } from '../protocol/keccak.ts'
import type { ApplicationCounts } from './application-score.ts'
import type { IpRange } from './ip-range.ts'

/** What is known of a peer, or of ourselves. */
export interface PeerFacts {
  readonly peerId: string
  /** devp2p's, see {@link enodeId}; empty for peers with a key of another kind. */
  readonly nodeId: string
  readonly userAgent: string
  readonly protocolVersion: string
  readonly addresses: readonly string[]
  readonly protocols: readonly string[]
  readonly connected: boolean
  readonly direction: 'unknown' | 'inbound' | 'outbound'
  readonly isProtected: boolean
  /** `enr:…`, or empty when it is not known. */
  readonly record: string
  /** Zero when it is not known to share our chain. */
  readonly chainId: bigint
  readonly latencyMs: number
  /** Subscribed to one of the block topics. */
  readonly gossipBlocks: boolean
  readonly gossipScore: number
  readonly ipColocationFactor: number
  readonly behaviourPenalty: number
  /** What its messages say about it; part of the score. */
  readonly application: ApplicationCounts
}

const directions = { unknown: 0, inbound: 1, outbound: 2 } as const

/** op-node's PeerInfo: names, number formats and codes as its `opp2p_peers` and `opp2p_self` answer them. */
export function peerInfoToJson(peer: PeerFacts): PeerInfo {
  return {
    peerID: peer.peerId,
    nodeID: peer.nodeId,
    userAgent: peer.userAgent,
    protocolVersion: peer.protocolVersion,
    ENR: peer.record,
    addresses: peer.addresses,
    protocols: peer.protocols,
    connectedness: peer.connected ? 1 : 0,
    direction: directions[peer.direction],
    protected: peer.isProtected,
    chainID: Number(peer.chainId),
    // Nanoseconds, as Go prints a duration.
    latency: Math.round(peer.latencyMs * 1_000_000),
    gossipBlocks: peer.gossipBlocks,
    scores: {
      gossip: {
        total: peer.gossipScore,
        // Topics are not scored.
        blocks: {
          timeInMesh: 0,
          firstMessageDeliveries: 0,
          meshMessageDeliveries: 0,
          invalidMessageDeliveries: 0,
        },
        IPColocationFactor: peer.ipColocationFactor,
        behavioralPenalty: peer.behaviourPenalty,
      },
      reqResp: peer.application,
    },
  }
}

/** devp2p's node id: keccak256 of the uncompressed public key, hex without 0x. To find it takes a point on a curve. */
export function enodeId(publicKey: Uint8Array): string {
  const point = secp256k1.Point.fromHex(publicKey).toBytes(false)
  return Buffer.from(keccak256Bytes(point.subarray(1))).toString('hex')
}

/** What the gate refuses. */
export interface Refused {
  /** Blocked and banned. */
  readonly peers: readonly string[]
  readonly ips: readonly string[]
  readonly ranges: readonly IpRange[]
}

/** op-node's PeerDump. */
export function peerDumpToJson(peers: readonly PeerFacts[], refused: Refused): PeerInfo {
  return {
    totalConnected: peers.filter((peer) => peer.connected).length,
    peers: Object.fromEntries(peers.map((peer) => [peer.peerId, peerInfoToJson(peer)])),
    bannedPeers: refused.peers,
    bannedIPS: refused.ips,
    bannedSubnets: refused.ranges.map(rangeToJson),
  }
}

/** Go's `net.IPNet` as JSON: the mask is its bytes in base64. */
export function rangeToJson({ ip, prefixLength, byteLength }: IpRange): PeerInfo {
  const mask = Buffer.alloc(byteLength)
  for (let bit = 0; bit < prefixLength; bit++)
    mask[bit >> 3] = (mask[bit >> 3] as number) | (0x80 >> (bit & 7))
  return { IP: ip, Mask: mask.toString('base64') }
}

/** The CIDR of {@link rangeToJson}'s shape; null when the mask is none. */
export function rangeFromJson({ IP, Mask }: { readonly IP: string; readonly Mask: string }): string | null {
  const bits = [...Buffer.from(Mask, 'base64')].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return /^1*0*$/.test(bits) && bits !== '' ? `${IP}/${bits.replaceAll('0', '').length}` : null
}
