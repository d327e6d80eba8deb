import type { IpRange } from './ip-range.ts'

/**
 * Who may not connect, in either direction: peers, addresses and networks that the operator blocked, peers that are
 * banned for a time, and peers that gave their place to others a moment ago. Held in memory: a restart forgets all.
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
  /** It gave its place to others, who must have a chance to take it: without it whoever comes back first has it again. */
  rest(peerId: string, untilMs: number): void
  /** The operator wants the peer now. */
  endRest(peerId: string): void
  refusesPeer(peerId: string): boolean
  refusesIp(ip: string): boolean
}

const blockedMax = 10_000
const bannedMax = 10_000
const restingMax = 1_000

export function createPeerGate(nowMs: () => number): PeerGate {
  const peers = new Set<string>()
  const ips = new Set<string>()
  const ranges = new Map<string, IpRange>()
  const bans = createTerms(bannedMax, nowMs)
  const rests = createTerms(restingMax, nowMs)

  const room = (held: { has(key: string): boolean; readonly size: number }, key: string, what: string) => {
    if (held.size >= blockedMax && !held.has(key))
      throw new Error(`expected at most ${blockedMax} blocked ${what}; unblock some first`)
  }
  return {
    blockPeer(peerId) {
      room(peers, peerId, 'peers')
      peers.add(peerId)
    },
    unblockPeer(peerId) {
      peers.delete(peerId)
      bans.end(peerId)
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
    ban: bans.begin,
    bannedPeers: () => bans.running().sort(),
    rest: rests.begin,
    endRest: rests.end,
    refusesPeer: (peerId) => peers.has(peerId) || bans.has(peerId) || rests.has(peerId),
    refusesIp: (ip) => ips.has(ip) || [...ranges.values()].some((range) => range.contains(ip)),
  }
}

/** What holds for peers until a time, the one that began longest ago first; with too many, that one is forgotten. */
function createTerms(max: number, nowMs: () => number) {
  const untilMsOf = new Map<string, number>()
  const has = (peerId: string) => {
    const untilMs = untilMsOf.get(peerId)
    if (untilMs === undefined) return false
    if (untilMs > nowMs()) return true
    untilMsOf.delete(peerId)
    return false
  }
  return {
    has,
    begin(peerId: string, untilMs: number): void {
      untilMsOf.delete(peerId)
      untilMsOf.set(peerId, untilMs)
      if (untilMsOf.size > max) untilMsOf.delete(untilMsOf.keys().next().value as string)
    },
    end(peerId: string): void {
      untilMsOf.delete(peerId)
    },
    running: () => [...untilMsOf.keys()].filter(has),
  }
}
