import type { IpRange } from './ip-range.ts'

/**
 * Who may not connect, in either direction: peers, addresses and networks that the operator blocked, and peers that are
 * banned for a time. Held in memory: a restart forgets both.
 */
export interface PeerGate {
  blockPeer(peerId: string): void
  /** Also ends a ban. */
  unblockPeer(peerId: string): void
  blockedPeers(): readonly string[]
  /** `ip` as {@link canonicalIp} spells it. */
  blockIp(ip: string): void
  unblockIp(ip: string): void
  blockedIps(): readonly string[]
  blockRange(range: IpRange): void
  unblockRange(range: IpRange): void
  blockedRanges(): readonly IpRange[]
  ban(peerId: string, untilMs: number): void
  bannedPeers(): readonly string[]
  refusesPeer(peerId: string): boolean
  refusesIp(ip: string): boolean
}

const blockedMax = 10_000
const bannedMax = 10_000

export function createPeerGate(nowMs: () => number): PeerGate {
  const peers = new Set<string>()
  const ips = new Set<string>()
  const ranges = new Map<string, IpRange>()
  /** When each ban ends; the oldest ban first. */
  const bans = new Map<string, number>()

  const room = (held: { has(key: string): boolean; readonly size: number }, key: string, what: string) => {
    if (held.size >= blockedMax && !held.has(key))
      throw new Error(`expected at most ${blockedMax} blocked ${what}; unblock some first`)
  }
  const isBanned = (peerId: string) => {
    const untilMs = bans.get(peerId)
    if (untilMs === undefined) return false
    if (untilMs > nowMs()) return true
    bans.delete(peerId)
    return false
  }

  return {
    blockPeer(peerId) {
      room(peers, peerId, 'peers')
      peers.add(peerId)
    },
    unblockPeer(peerId) {
      peers.delete(peerId)
      bans.delete(peerId)
    },
    blockedPeers: () => [...peers].sort(),
    blockIp(ip) {
      room(ips, ip, 'addresses')
      ips.add(ip)
    },
    unblockIp: (ip) => {
      ips.delete(ip)
    },
    blockedIps: () => [...ips].sort(),
    blockRange(range) {
      room(ranges, range.text, 'networks')
      ranges.set(range.text, range)
    },
    unblockRange: (range) => {
      ranges.delete(range.text)
    },
    blockedRanges: () => [...ranges.values()],
    ban(peerId, untilMs) {
      bans.delete(peerId)
      bans.set(peerId, untilMs)
      if (bans.size > bannedMax) bans.delete(bans.keys().next().value as string)
    },
    bannedPeers: () => [...bans.keys()].filter(isBanned).sort(),
    refusesPeer: (peerId) => peers.has(peerId) || isBanned(peerId),
    refusesIp: (ip) => ips.has(ip) || [...ranges.values()].some((range) => range.contains(ip)),
  }
}
