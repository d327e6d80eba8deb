import type { GossipsubOpts } from '@libp2p/gossipsub'
import type { PeerScoring } from '../../ports/gossip-transport.ts'

/**
 * The scoring in gossipsub's words. Topics have no scores of their own, because op-node's are for a topic that no block
 * travels on any more, and gossipsub's own count of invalid messages cannot tell a forgery from a late block: what a
 * peer sends is judged by the application score.
 */
export function scoreParams(
  scoring: PeerScoring,
): Required<Pick<GossipsubOpts, 'scoreParams' | 'scoreThresholds'>> {
  const { thresholds, sharedAddress, behaviour } = scoring
  return {
    scoreThresholds: {
      gossipThreshold: thresholds.gossip,
      publishThreshold: thresholds.publish,
      graylistThreshold: thresholds.graylist,
      acceptPXThreshold: thresholds.acceptPeerExchange,
      opportunisticGraftThreshold: thresholds.opportunisticGraft,
    },
    scoreParams: {
      topics: {},
      topicScoreCap: scoring.topicScoreMax,
      appSpecificScore: scoring.application,
      appSpecificWeight: 1,
      IPColocationFactorWeight: sharedAddress.weight,
      IPColocationFactorThreshold: sharedAddress.free,
      IPColocationFactorWhitelist: new Set(sharedAddress.exempt),
      behaviourPenaltyWeight: behaviour.weight,
      behaviourPenaltyThreshold: behaviour.free,
      behaviourPenaltyDecay: behaviour.decay,
      decayInterval: scoring.decayIntervalMs,
      decayToZero: scoring.decayToZero,
      retainScore: scoring.retainMs,
    },
  }
}
