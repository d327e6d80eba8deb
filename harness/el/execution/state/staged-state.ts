import type { Hash } from 'viem'
import { emptyTrieRoot } from '../../../../node/protocol/ordered-trie-root.ts'
import type { StateBatch, StateStore } from '../types.ts'
import { releaseState, retainState } from './counted-state.ts'
import type { StateTables } from './memory-state-tables.ts'

/** Executed blocks whose state is held until the block is kept; the oldest is dropped first. */
const stagedMax = 16

/**
 * The states of blocks. What the executor writes is only held: it reaches the tables with its block, or never, as most of
 * what a builder makes. A batch has all that its state has more than the parent's, and a parent is in the tables, so a
 * state whose root is there is complete. Each block that is kept retains its state, and what no block retains is gone.
 */
export class StagedState implements StateStore {
  readonly #tables: StateTables
  readonly #staged: StateBatch[] = []

  constructor(tables: StateTables) {
    this.#tables = tables
  }

  node(hash: Hash): Uint8Array | undefined {
    return this.#tables.nodes.node(hash) ?? this.#staged.find(({ nodes }) => nodes.has(hash))?.nodes.get(hash)
  }

  code(hash: Hash): Uint8Array | undefined {
    return this.#tables.code(hash) ?? this.#staged.find(({ codes }) => codes.has(hash))?.codes.get(hash)
  }

  write(batch: StateBatch): void {
    this.#staged.push(batch)
    if (this.#staged.length > stagedMax) this.#staged.shift()
  }

  /**
   * Keeps the state with that root for one more block; in a datadir, called within a transaction.
   * @throws Error when the state is neither held nor kept: its block must not be kept.
   */
  retain(root: Hash): void {
    if (root === emptyTrieRoot) return
    const batch = this.#batchOf(root)
    if (batch === undefined && this.#tables.nodes.count(root) === 0)
      throw new Error(`expected the state with root ${root}, it is not held any more`)
    retainState(this.#tables.nodes, root, (hash) => batch?.nodes.get(hash))
    if (batch !== undefined) for (const [hash, code] of batch.codes) this.#tables.addCode(hash, code)
  }

  /** A block that retained that state is forgotten, or is too old for anybody to ask for its state. */
  release(root: Hash): void {
    releaseState(this.#tables.nodes, root)
  }

  /** Forgets what is held for a state that is kept by now. */
  unstage(root: Hash): void {
    const index = this.#staged.findIndex(({ nodes }) => nodes.has(root))
    if (index !== -1) this.#staged.splice(index, 1)
  }

  #batchOf(root: Hash): StateBatch | undefined {
    return this.#staged.find(({ nodes }) => nodes.has(root))
  }
}
