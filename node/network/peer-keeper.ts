import type { P2pConfig, PeerTides } from '../config/node-config.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'

/** op-node looks at one peer per second; with so few peers we look at all. */
const checkMs = 1_000
/** So long a peer that was pruned stays away: as long as gossip's own pruning asks of a peer. */
const restMs = 60_000

/** A connected peer, as the keeper judges it. */
export interface KeptPeer {
  readonly peerId: string
  readonly score: number
  /** It brought blocks of the sequencer that nobody had brought before. */
  readonly isGood: boolean
  /** When the oldest open connection was made. */
  readonly connectedAtMs: number
  /** Named by the operator when the node started. */
  readonly isStatic: boolean
  /** Static, or protected by RPC. */
  readonly isProtected: boolean
}

/**
 * Whom to ban: everyone below the threshold whom the operator did not name.
 * Source: specs/protocol/rollup-node-p2p.md, "Peer management": "Peers may be banned if their performance score is too
 * low".
 */
export function peersToBan(peers: readonly KeptPeer[], threshold: number): readonly string[] {
  return peers.filter(({ score, isStatic }) => !isStatic && score < threshold).map(({ peerId }) => peerId)
}

/**
 * Whom to disconnect because there are too many: above high tide, down to low tide, the lowest scores first and of
 * equal scores the newest: to come early and say nothing costs an attacker nothing. Protected peers stay, and new ones
 * for the time of grace. Those who brought blocks and are not in disgrace give way to their own kind alone, when these
 * and the protected are above high tide: places that new strangers fill are no reason to lose them.
 * Source: specs/protocol/rollup-node-p2p.md, "Peer management": "At "high tide" the node starts to prune active
 * connections, except those that are marked as trusted or have a grace period."
 */
export function peersToPrune(peers: readonly KeptPeer[], tides: PeerTides, nowMs: number): readonly string[] {
  if (peers.length <= tides.hi) return []
  const mayGo = peers
    .filter(({ isProtected, connectedAtMs }) => !isProtected && nowMs - connectedAtMs >= tides.graceMs)
    .sort((a, b) => a.score - b.score || b.connectedAtMs - a.connectedAtMs)
  const trusted = peers.filter((peer) => peer.isProtected || hasProven(peer)).length
  return [
    ...mayGo.filter((peer) => !hasProven(peer)).slice(0, peers.length - tides.lo),
    ...mayGo.filter(hasProven).slice(0, trusted > tides.hi ? trusted - tides.lo : 0),
  ].map(({ peerId }) => peerId)
}

const hasProven = ({ isGood, score }: KeptPeer) => isGood && score >= 0

export interface PeerKeeperOptions {
  readonly config: Pick<P2pConfig, 'peers' | 'ban'>
  readonly connected: () => readonly KeptPeer[]
  readonly ban: (peerId: string, untilMs: number) => void
  /** Called before a peer is pruned. */
  readonly rest: (peerId: string, untilMs: number) => void
  readonly hangUp: (peerId: string) => Promise<void>
  readonly clock: Clock
  readonly logger: Logger
}

/** Bans and prunes peers, once a second, until the signal aborts. */
export async function keepPeers(options: PeerKeeperOptions, signal: AbortSignal): Promise<void> {
  const { config, connected, ban, rest, hangUp, clock, logger } = options
  const disconnect = (peerId: string) =>
    hangUp(peerId).catch((error: unknown) => logger.debug('peer did not hang up', { peer: peerId, error }))

  while (!signal.aborted) {
    await clock.sleep(checkMs, signal).catch(() => {})
    if (signal.aborted) return
    const peers = connected()
    const banned = config.ban === null ? [] : peersToBan(peers, config.ban.threshold)
    for (const peerId of banned) {
      const untilMs = clock.nowMs() + (config.ban?.durationMs ?? 0)
      logger.warn('peer is banned', { peer: peerId, untilMs, score: scoreOf(peers, peerId) })
      ban(peerId, untilMs)
      await disconnect(peerId)
    }
    const others = peers.filter(({ peerId }) => !banned.includes(peerId))
    for (const peerId of peersToPrune(others, config.peers, clock.nowMs())) {
      logger.info('too many peers: one is disconnected', { peer: peerId, peers: others.length })
      rest(peerId, clock.nowMs() + restMs)
      await disconnect(peerId)
    }
  }
}

function scoreOf(peers: readonly KeptPeer[], peerId: string): number | undefined {
  return peers.find((peer) => peer.peerId === peerId)?.score
}
