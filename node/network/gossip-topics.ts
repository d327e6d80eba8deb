import type { GossipVersion } from '../protocol/gossip-message.ts'

/** Payload versions with a topic of their own: before Canyon, Canyon, Ecotone, Isthmus and later. */
export const gossipVersions: readonly GossipVersion[] = [0, 1, 2, 3]

/** Source: specs/protocol/rollup-node-p2p.md, "Gossip Topics". The chain id is decimal. */
export function blocksTopic(l2ChainId: bigint, version: GossipVersion): string {
  return `/optimism/${l2ChainId}/${version}/blocks`
}
