import { errorText } from '../concurrency/error-text.ts'
import type { Discovery } from '../ports/discovery.ts'
import type { GossipTransport } from '../ports/gossip-transport.ts'
import type { PeerAdmin } from '../ports/peer-admin.ts'
import type { GossipVersion } from '../protocol/gossip-message.ts'
import { canonicalIp, type IpRange, parseIpRange } from './ip-range.ts'
import type { PeerBook } from './peer-book.ts'
import type { PeerGate } from './peer-gate.ts'
import { peerDumpToJson, peerInfoToJson, rangeToJson } from './peer-info.ts'
import { PeerRequestError } from './peer-request-error.ts'

export interface PeerAdminOptions {
  readonly transport: GossipTransport
  readonly book: PeerBook
  readonly gate: PeerGate
  /** Null when peers are not searched for. */
  readonly discovery: Pick<Discovery, 'table'> | null
  readonly blockSubscribers: (version: GossipVersion) => number
  readonly connect: (address: string) => Promise<void>
  readonly hangUp: (peerId: string) => Promise<void>
  /** Changed by `protectPeer` and `unprotectPeer`. */
  readonly protectedIds: Set<string>
  /** Changed by `disconnectPeer` and `connectPeer`. */
  readonly released: Set<string>
}

const protectedMax = 10_000

/**
 * What an operator sees and does. Errors are written for him: they name what was expected and found. Every block also
 * closes the connections that it refuses from then on, which op-node leaves open.
 */
export function createPeerAdmin(options: PeerAdminOptions): PeerAdmin {
  const { transport, book, gate, hangUp, protectedIds, released } = options

  /** After an address or a network was blocked. */
  async function hangUpRefused(): Promise<void> {
    const refused = transport.connections().filter(({ ip }) => ip !== null && gate.refusesIp(ip))
    await Promise.all([...new Set(refused.map(({ peerId }) => peerId))].map(hangUp))
  }

  /** @throws Error when the address is none, or does not end in a peer. */
  function parsePeerAddress(address: string): string {
    let peer: string | null
    try {
      peer = transport.peerOf(address)
    } catch (error) {
      throw new RangeError(`bad peer address: ${errorText(error)}`)
    }
    if (peer === null) throw new RangeError(`bad peer address: expected /p2p/<id> at the end of ${address}`)
    return peer
  }

  function parsePeerId(text: string): string {
    const peerId = transport.parsePeerId(text)
    if (peerId === null)
      throw new RangeError(
        `bad peer id: expected one such as 16Uiu2HA…, found ${JSON.stringify(text.slice(0, 80))}`,
      )
    return peerId
  }

  return {
    self: () => peerInfoToJson(book.self()),
    peers: (connectedOnly) =>
      peerDumpToJson(book.peers(connectedOnly), {
        peers: [...new Set([...gate.blockedPeers(), ...gate.bannedPeers()])].sort(),
        ips: gate.blockedIps(),
        ranges: gate.blockedRanges(),
      }),
    peerStats: () => ({
      connected: book.connectedPeers().size,
      table: options.discovery?.table().length ?? 0,
      blocksTopic: options.blockSubscribers(0),
      blocksTopicV2: options.blockSubscribers(1),
      blocksTopicV3: options.blockSubscribers(2),
      blocksTopicV4: options.blockSubscribers(3),
      banned: new Set([...gate.blockedPeers(), ...gate.bannedPeers()]).size,
      known: book.peers(false).length,
    }),
    discoveryTable: () => options.discovery?.table() ?? null,
    async connectPeer(address) {
      const peer = parsePeerAddress(address)
      released.delete(peer)
      gate.endRest(peer)
      if (gate.refusesPeer(peer)) throw new PeerRequestError(`peer ${peer} is blocked; unblock it first`)
      await options.connect(address)
    },
    async disconnectPeer(peerId) {
      const id = parsePeerId(peerId)
      released.add(id)
      await hangUp(id)
      book.forget(id)
    },
    async blockPeer(peerId) {
      const id = parsePeerId(peerId)
      gate.blockPeer(id)
      await hangUp(id)
    },
    async unblockPeer(peerId) {
      gate.unblockPeer(parsePeerId(peerId))
    },
    listBlockedPeers: gate.blockedPeers,
    async blockAddr(ip) {
      gate.blockIp(parseIp(ip))
      await hangUpRefused()
    },
    async unblockAddr(ip) {
      gate.unblockIp(parseIp(ip))
    },
    listBlockedAddrs: gate.blockedIps,
    async blockSubnet(subnet) {
      gate.blockRange(parseSubnet(subnet))
      await hangUpRefused()
    },
    async unblockSubnet(subnet) {
      gate.unblockRange(parseSubnet(subnet))
    },
    listBlockedSubnets: () => gate.blockedRanges().map(rangeToJson),
    async protectPeer(peerId) {
      const id = parsePeerId(peerId)
      if (protectedIds.size >= protectedMax && !protectedIds.has(id))
        throw new PeerRequestError(`expected at most ${protectedMax} protected peers; unprotect some first`)
      protectedIds.add(id)
    },
    async unprotectPeer(peerId) {
      protectedIds.delete(parsePeerId(peerId))
    },
  }
}

function parseIp(text: string): string {
  const ip = canonicalIp(text)
  if (ip === null)
    throw new RangeError(`bad address: expected an IP address, found ${JSON.stringify(text.slice(0, 80))}`)
  return ip
}

function parseSubnet(text: string): IpRange {
  const range = parseIpRange(text)
  if (range === null)
    throw new RangeError(
      `bad subnet: expected a network such as 10.0.0.0/8, found ${JSON.stringify(text.slice(0, 80))}`,
    )
  return range
}
