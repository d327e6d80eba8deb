import type { ChainParameters } from '../genesis/chain-parameters.ts'
import type { Level } from '../world/levels.ts'
import type { PeerPair, Topology } from '../world/topology.ts'
import { latencyMs } from './limits.ts'

/** A gossiped block may be under way, and two nodes are not asked at the same moment. */
const gossipGapBlocks = 2n

/**
 * How many blocks the heads of two nodes may be apart at one moment with everything working. An unsafe block comes to
 * all by gossip, one at a time. Safe heads move with each L1 block, by all L2 blocks whose batches it has; one node may
 * have taken that step before the other.
 */
export function gapBlocksMax(
  topology: Topology,
  parameters: ChainParameters,
  nodes: PeerPair,
  level: Level,
): bigint {
  const blocksIn = (ms: number) => BigInt(Math.ceil(ms / (parameters.l2BlockTime * 1000)))
  if (level !== 'unsafe') return blocksIn(parameters.l1BlockTime * 1000) + 1n
  if (areConnected(topology.gossip, nodes)) return gossipGapBlocks
  // What one hears only when it is safe is as far behind as the safe chain.
  return blocksIn(latencyMs(parameters, 'localSafe'))
}

/** Whether gossip comes from one to the other, directly or over others. */
function areConnected(pairs: readonly PeerPair[], [from, to]: PeerPair): boolean {
  const reached = new Set([from])
  for (const name of reached)
    for (const [a, b] of pairs) {
      if (a === name) reached.add(b)
      if (b === name) reached.add(a)
    }
  return reached.has(to)
}
