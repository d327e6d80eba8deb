import type { GossipsubOpts } from '@libp2p/gossipsub'

/** What a score does to a peer. Source: op-node's peer score thresholds. */
const scoreThresholds = {
  /** Below it, no gossip about blocks is exchanged with the peer. */
  gossipThreshold: -10,
  /** Below it, own blocks are not sent to the peer. */
  publishThreshold: -40,
  /** Below it, everything that the peer sends is ignored. */
  graylistThreshold: -40,
  acceptPXThreshold: 20,
  opportunisticGraftThreshold: 0.05,
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
const loopback = ['127.0.0.1', '::1']

/** What gossipsub punishes by itself, on top of the application score. */
const penalties = {
  light: { IPColocationFactorWeight: -35, behaviourPenaltyWeight: -16 },
  none: { IPColocationFactorWeight: 0, behaviourPenaltyWeight: 0 },
} as const

/**
 * How gossipsub scores: op-node's parameters of the level. Topics have none, because op-node's are for a topic that no
 * block travels on any more, and gossipsub's own count of invalid messages cannot tell a forgery from a late block:
 * what a peer sends is judged by the application score.
 * @param slotMs the L2 block time.
 */
export function scoreParams(
  level: 'light' | 'none',
  slotMs: number,
  applicationScore: (peerId: string) => number,
): Required<Pick<GossipsubOpts, 'scoreParams' | 'scoreThresholds'>> {
  return {
    scoreThresholds,
    scoreParams: {
      ...penalties[level],
      topics: {},
      topicScoreCap: 34,
      appSpecificScore: applicationScore,
      appSpecificWeight: 1,
      IPColocationFactorThreshold: peersPerAddressFree,
      // All peers of a devstack share one address.
      IPColocationFactorWhitelist: new Set(loopback),
      behaviourPenaltyThreshold: 6,
      behaviourPenaltyDecay: decayOver(10),
      decayInterval: slotMs,
      decayToZero,
      retainScore: scoreRetentionMs(slotMs),
    },
  }
}
