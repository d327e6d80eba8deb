import { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import {
  type BatchDBOp,
  bytesToUnprefixedHex,
  type DB,
  type EncodingOpts,
  KECCAK256_RLP,
} from '@ethereumjs/util'
import { keccak_256 } from '@noble/hashes/sha3'
import type { Hash } from 'viem'
import { StateMissingError } from './state-store.ts'
import type { StateStore } from './types.ts'

const emptyRootKey = bytesToUnprefixedHex(KECCAK256_RLP)

/** Opens tries over a store and keeps what they write until the block is known to be good. */
export class StateTries {
  readonly #store: StateStore
  readonly #written = new Map<string, Uint8Array>()

  constructor(store: StateStore) {
    this.#store = store
  }

  open(root: Uint8Array): MerklePatriciaTrie {
    return new MerklePatriciaTrie({
      db: this.#database() as DB<string, string | Uint8Array>,
      root,
      useKeyHashing: true,
      useKeyHashingFunction: keccak_256,
      valueEncoding: 'view',
      useNodePruning: false,
      cacheSize: 0,
    })
  }

  /**
   * The written nodes that can be reached from these roots. Every `put` writes the nodes of its whole path; most are
   * replaced by the next one.
   */
  reachable(roots: readonly Uint8Array[]): Map<Hash, Uint8Array> {
    const found = new Map<Hash, Uint8Array>()
    const pending = roots.map(bytesToUnprefixedHex)
    for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
      const node = this.#written.get(key)
      if (node === undefined || found.has(`0x${key}`)) continue
      found.set(`0x${key}`, node)
      collectChildren(RLP.decode(node), pending)
    }
    return found
  }

  #database(): DB<string, Uint8Array> {
    const get = (key: string): Uint8Array | undefined => {
      const node = this.#written.get(key) ?? this.#store.node(`0x${key}`)
      if (node !== undefined) return node
      // The trie asks for the empty root as for any other, and takes "undefined" as its answer.
      if (key === emptyRootKey) return undefined
      // The trie would take "undefined" for "no such account": that must be an error.
      throw new StateMissingError(`the state lacks trie node 0x${key}`)
    }
    const database: DB<string, Uint8Array> = {
      get: async (key: string) => get(key),
      put: async (key: string, value: Uint8Array, _options?: EncodingOpts) =>
        void this.#written.set(key, value),
      del: async () => {},
      batch: async (operations: BatchDBOp<string, Uint8Array>[]) => {
        for (const operation of operations)
          if (operation.type === 'put') this.#written.set(operation.key, operation.value)
      },
      shallowCopy: () => database,
      open: async () => {},
    }
    return database
  }
}

type Decoded = Uint8Array | Decoded[] | readonly unknown[]

/** Hashes of the children of a decoded node; children shorter than a hash stand inside their parent. */
function collectChildren(node: Decoded, into: string[]): void {
  if (!Array.isArray(node)) return
  if (node.length === 17) {
    for (const child of node.slice(0, 16)) collectChild(child, into)
    return
  }
  const isLeaf = ((node[0] as Uint8Array)[0]! & 0x20) !== 0
  if (!isLeaf) collectChild(node[1], into)
}

function collectChild(child: unknown, into: string[]): void {
  if (Array.isArray(child)) collectChildren(child, into)
  else if (child instanceof Uint8Array && child.length === 32) into.push(bytesToUnprefixedHex(child))
}
