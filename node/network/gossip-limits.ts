/** Limits of a gossip message. Source: specs/protocol/rollup-node-p2p.md; op-node `maxGossipSize`, `minGossipSize`. */

/** Bytes, compressed and decompressed. */
export const gossipMessageBytesMax = 10 * 1024 * 1024
/** Bytes decompressed: a 65-byte signature and at least one byte more. */
export const gossipMessageBytesMin = 66
