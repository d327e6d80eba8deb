import type { Hash } from 'viem'

/** Different blocks of one height that are passed on. Source: specs/protocol/rollup-node-p2p.md, "Block validation". */
const blocksPerHeightMax = 5
const heightsMax = 1_000

/** Which valid blocks were seen, by height; the memory behind two rules of gossip validation. */
export interface SeenBlocks {
  has(height: bigint, hash: Hash): boolean
  /** True when another block of that height is one too many. */
  isFull(height: bigint): boolean
  add(height: bigint, hash: Hash): void
}

/** Remembers the 1000 heights that were added to last. */
export function createSeenBlocks(): SeenBlocks {
  const heights = new Map<bigint, Set<Hash>>()
  return {
    has: (height, hash) => heights.get(height)?.has(hash) ?? false,
    isFull: (height) => (heights.get(height)?.size ?? 0) >= blocksPerHeightMax,
    add(height, hash) {
      const hashes = heights.get(height) ?? new Set()
      hashes.add(hash)
      heights.delete(height)
      heights.set(height, hashes)
      if (heights.size > heightsMax) heights.delete(heights.keys().next().value as bigint)
    },
  }
}
