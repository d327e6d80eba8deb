import type { Hash } from 'viem'
import { hexToBytes } from '../../../node/protocol/bytes.ts'
import { emptyTrieRoot } from '../../../node/protocol/ordered-trie-root.ts'
import type { StateBatch, StateStore } from '../execution/types.ts'
import type { Database } from './database.ts'

/** Executed blocks whose state is held until the block is kept; the oldest is dropped first. */
const stagedMax = 16

/**
 * States in a database. What the executor writes is only held: it reaches the database with its block, in the same
 * transaction, or never, as most of what a builder makes. A batch has all that its state has more than the parent's,
 * and a parent is in the database, so a state whose root is there is complete.
 */
export class StagedState implements StateStore {
  readonly #database: Database
  readonly #staged: StateBatch[] = []

  constructor(database: Database) {
    this.#database = database
  }

  node(hash: Hash): Uint8Array | undefined {
    const kept = this.#database.tables.states.get(hexToBytes(hash))
    return kept ?? this.#staged.find(({ nodes }) => nodes.has(hash))?.nodes.get(hash)
  }

  code(hash: Hash): Uint8Array | undefined {
    const kept = this.#database.tables.codes.get(hexToBytes(hash))
    return kept ?? this.#staged.find(({ codes }) => codes.has(hash))?.codes.get(hash)
  }

  write(batch: StateBatch): void {
    this.#staged.push(batch)
    if (this.#staged.length > stagedMax) this.#staged.shift()
  }

  /**
   * Puts the state with that root into the database; called within a transaction of it.
   * @throws Error when the state is neither held nor in the database: its block must not be kept.
   */
  persist(root: Hash): void {
    const { states, codes } = this.#database.tables
    if (root === emptyTrieRoot || states.get(hexToBytes(root)) !== undefined) return
    const batch = this.#staged.find(({ nodes }) => nodes.has(root))
    if (batch === undefined) throw new Error(`expected the state with root ${root}, it is not held any more`)
    for (const [hash, node] of batch.nodes) states.put(hexToBytes(hash), node)
    for (const [hash, code] of batch.codes) codes.put(hexToBytes(hash), code)
  }

  /** Forgets what is held for a state that is in the database by now. */
  release(root: Hash): void {
    const index = this.#staged.findIndex(({ nodes }) => nodes.has(root))
    if (index !== -1) this.#staged.splice(index, 1)
  }
}
