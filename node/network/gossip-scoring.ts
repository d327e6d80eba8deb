import type { PeerScoring } from '../ports/gossip-transport.ts'

/** What a score does to a peer. Source: op-node's peer score thresholds. */
const thresholds: PeerScoring['thresholds'] = {
  gossip: -10,
  publish: -40,
  graylist: -40,
  acceptPeerExchange: 20,
  opportunisticGraft: 0.05,
}

/** What falls below it counts as zero. */
export const decayToZero = 0.01

/** Scores decay by L2 blocks; an epoch is six of them, as on L1's beacon chain by time. */
const epochSlots = 6

/** The factor per slot that takes a score to {@link decayToZero} within that many epochs. */
export function decayOver(epochs: number): number {
  return decayToZero ** (1 / (epochs * epochSlots))
}

/** How long the score of a peer that left is remembered. */
export function scoreRetentionMs(slotMs: number): number {
  return 100 * epochSlots * slotMs
}

/** So many peers at one address cost nothing. */
export const peersPerAddressFree = 10
/** All peers of a devstack share one address. */
const loopback = ['127.0.0.1', '::1']

/** What is punished on top of the application score, by level. */
const penalties = {
  light: { sharedAddress: -35, behaviour: -16 },
  none: { sharedAddress: 0, behaviour: 0 },
} as const

/**
 * How peers are scored: op-node's parameters of the level. `none` leaves out what the messages of a peer say about it,
 * too.
 * @param slotMs the L2 block time.
 */
export function peerScoring(
  level: 'light' | 'none',
  slotMs: number,
  applicationScore: (peerId: string) => number,
): PeerScoring {
  return {
    thresholds,
    application: level === 'none' ? () => 0 : applicationScore,
    topicScoreMax: 34,
    sharedAddress: { weight: penalties[level].sharedAddress, free: peersPerAddressFree, exempt: loopback },
    behaviour: { weight: penalties[level].behaviour, free: 6, decay: decayOver(10) },
    decayIntervalMs: slotMs,
    decayToZero,
    retainMs: scoreRetentionMs(slotMs),
  }
}
