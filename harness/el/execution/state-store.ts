import type { Hash, Hex } from 'viem'
import { emptyTrieRoot } from '../../../node/protocol/ordered-trie-root.ts'

/** A trie node or a contract's code is not in the store: an error of the engine, never of a transaction. */
export class StateMissingError extends Error {
  override readonly name = 'StateMissingError'
}

/** Content-addressed state: any root whose nodes are here can be opened at any time. */
export interface StateStore {
  /** An encoded trie node by its hash. */
  node(hash: string): Uint8Array | undefined
  /** A contract's code by its hash. */
  code(hash: string): Uint8Array | undefined
  /** Adds what a block brought, all at once. */
  put(nodes: ReadonlyMap<string, Uint8Array>, codes: ReadonlyMap<string, Uint8Array>): void
  hasRoot(root: Hash): boolean
}

/** State in memory. Nothing is ever removed: reorgs and calls on past blocks only pick another root. */
export class MemoryStateStore implements StateStore {
  readonly #nodes = new Map<string, Uint8Array>()
  readonly #codes = new Map<string, Uint8Array>()

  node(hash: string): Uint8Array | undefined {
    return this.#nodes.get(hash)
  }

  code(hash: string): Uint8Array | undefined {
    return this.#codes.get(hash)
  }

  put(nodes: ReadonlyMap<string, Uint8Array>, codes: ReadonlyMap<string, Uint8Array>): void {
    for (const [hash, node] of nodes) this.#nodes.set(hash, node)
    for (const [hash, code] of codes) this.#codes.set(hash, code)
  }

  hasRoot(root: Hash): boolean {
    return root === emptyTrieRoot || this.#nodes.has(root.slice(2))
  }
}

/** Adds preimages of any kind: whoever asks knows whether a hash names a node or a code. */
export function witnessStore(preimages: ReadonlyMap<Hash, Uint8Array>): StateStore {
  const store = new MemoryStateStore()
  const entries = new Map([...preimages].map(([hash, bytes]: [Hex, Uint8Array]) => [hash.slice(2), bytes]))
  store.put(entries, entries)
  return store
}
