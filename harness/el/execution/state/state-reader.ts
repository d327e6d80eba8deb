import type { Hash } from 'viem'
import { LruMap } from '../lru-map.ts'
import type { StateStore } from '../types.ts'
import { decodeTrieNode, type TrieNode } from './trie-node.ts'

/** Decoded nodes kept; a branch node takes about two kilobytes, and blocks read the same few hundred again and again. */
const nodesMax = 2_048
/** Codes kept; a code has at most 24 kilobytes. */
const codesMax = 1024

/** The store lacks a part of a state: the state was pruned, or a witness is incomplete. No transaction can cause this. */
export class MissingStateError extends Error {
  override readonly name = 'MissingStateError'
}

/**
 * Reads a store through caches. Both are by content hash, so they hold for every state and never go stale, and a code
 * is always the same array, which the cache of jump destinations needs.
 */
export class StateReader {
  readonly #store: StateStore
  readonly #nodes = new LruMap<Hash, TrieNode>(nodesMax)
  readonly #codes = new LruMap<Hash, Uint8Array>(codesMax)

  constructor(store: StateStore) {
    this.#store = store
  }

  /** @throws MissingStateError */
  readonly node = (hash: Hash): TrieNode => {
    const cached = this.#nodes.get(hash)
    if (cached !== undefined) return cached
    const node = decodeTrieNode(this.encodedNode(hash))
    this.#nodes.set(hash, node)
    return node
  }

  /** @throws MissingStateError */
  encodedNode(hash: Hash): Uint8Array {
    const encoded = this.#store.node(hash)
    if (encoded === undefined)
      throw new MissingStateError(`expected trie node ${hash} in the store, found none`)
    return encoded
  }

  /** @throws MissingStateError */
  code(hash: Hash): Uint8Array {
    const cached = this.#codes.get(hash)
    if (cached !== undefined) return cached
    const code = this.#store.code(hash)
    if (code === undefined) throw new MissingStateError(`expected code ${hash} in the store, found none`)
    this.#codes.set(hash, code)
    return code
  }
}
