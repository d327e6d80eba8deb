import type { Hash } from 'viem'
import type { StateBatch, StateStore } from './types.ts'

/**
 * A store in memory that keeps every state. It grows by a few kilobytes a block, which suits runs of hours; an engine that
 * lives longer has a datadir.
 */
export function createMemoryStore(): StateStore {
  const nodes = new Map<Hash, Uint8Array>()
  const codes = new Map<Hash, Uint8Array>()
  return {
    node: (hash) => nodes.get(hash),
    code: (hash) => codes.get(hash),
    write(batch: StateBatch) {
      for (const [hash, node] of batch.nodes) nodes.set(hash, node)
      for (const [hash, code] of batch.codes) if (!codes.has(hash)) codes.set(hash, code)
    },
  }
}
