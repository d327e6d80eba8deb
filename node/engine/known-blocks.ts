import type { Hash } from 'viem'

/** Hashes of blocks that the execution engine is known to have; those asked for last are kept. */
export interface KnownBlocks {
  has(hash: Hash): boolean
  add(hash: Hash): void
  /** The engine may have lost its blocks. */
  clear(): void
}

/** @param blocksMax the oldest hash is forgotten beyond it; forgetting costs one look-up later. */
export function createKnownBlocks(blocksMax = 256): KnownBlocks {
  const hashes = new Set<Hash>()
  return {
    has(hash) {
      if (!hashes.delete(hash)) return false
      hashes.add(hash)
      return true
    },
    add(hash) {
      hashes.delete(hash)
      hashes.add(hash)
      if (hashes.size > blocksMax) hashes.delete(hashes.values().next().value as Hash)
    },
    clear: () => hashes.clear(),
  }
}
