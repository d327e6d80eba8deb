import type { Hash } from 'viem'
import type { CountedNodes } from './counted-state.ts'

/** Where the states of kept blocks are: in memory or in a datadir. */
export interface StateTables {
  readonly nodes: CountedNodes
  code(hash: Hash): Uint8Array | undefined
  /** Codes are few, and stay. */
  addCode(hash: Hash, code: Uint8Array): void
}

export function createMemoryStateTables(): StateTables {
  const entries = new Map<Hash, { readonly node: Uint8Array; count: number }>()
  const codes = new Map<Hash, Uint8Array>()
  return {
    nodes: {
      node: (hash) => entries.get(hash)?.node,
      count: (hash) => entries.get(hash)?.count ?? 0,
      add: (hash, node) => void entries.set(hash, { node, count: 1 }),
      setCount(hash, count) {
        const entry = entries.get(hash)
        if (entry !== undefined) entry.count = count
      },
      remove: (hash) => void entries.delete(hash),
    },
    code: (hash) => codes.get(hash),
    addCode: (hash, code) => void codes.set(hash, code),
  }
}
