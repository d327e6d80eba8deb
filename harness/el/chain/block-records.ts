import type { Hash } from 'viem'
import type { ExecutedBlock } from '../execution/types.ts'

/** The blocks that the consensus layer named last. `null` until it names one. */
export interface ChainLabels {
  readonly head: Hash
  readonly safe: Hash | null
  readonly finalized: Hash | null
}

/** How the canonical chain changed. */
export interface CanonicalChange {
  /** No longer canonical, newest first. */
  readonly removed: readonly ExecutedBlock[]
  /** Now canonical, oldest first. */
  readonly added: readonly ExecutedBlock[]
}

/** The canonical block of a transaction, and its place there. */
export interface TransactionPlace {
  readonly blockHash: Hash
  readonly index: number
}

/**
 * Where a {@link BlockStore} keeps its blocks: in memory or in a datadir. Both writes are all or nothing, and have
 * happened, as durably as the implementation promises, when they return.
 */
export interface BlockRecords {
  readonly labels: ChainLabels
  byHash(hash: Hash): ExecutedBlock | undefined
  canonicalHash(number: bigint): Hash | undefined
  transaction(hash: Hash): TransactionPlace | undefined
  /** Keeps a block, beside the canonical chain, and the state that it was executed to. */
  add(block: ExecutedBlock): void
  /**
   * Moves the labels and the canonical chain.
   * @param finalizedNumber blocks up to it that are not canonical are forgotten, with everything that stands on them:
   * a block that is kept has all its ancestors. `null` keeps them.
   */
  move(labels: ChainLabels, change: CanonicalChange, finalizedNumber: bigint | null): void
}

/** Keeps everything in memory, beginning with a genesis block. */
export class MemoryBlockRecords implements BlockRecords {
  readonly #blocks = new Map<Hash, ExecutedBlock>()
  /** Blocks that are not finalized yet, by number. */
  readonly #candidates = new Map<bigint, Set<Hash>>()
  readonly #canonical = new Map<bigint, Hash>()
  readonly #transactions = new Map<Hash, TransactionPlace>()
  #labels: ChainLabels

  constructor(genesis: ExecutedBlock) {
    this.#labels = { head: genesis.hash, safe: null, finalized: null }
    this.add(genesis)
    this.move(this.#labels, { removed: [], added: [genesis] }, null)
  }

  get labels(): ChainLabels {
    return this.#labels
  }

  byHash(hash: Hash): ExecutedBlock | undefined {
    return this.#blocks.get(hash)
  }

  canonicalHash(number: bigint): Hash | undefined {
    return this.#canonical.get(number)
  }

  transaction(hash: Hash): TransactionPlace | undefined {
    return this.#transactions.get(hash)
  }

  add(block: ExecutedBlock): void {
    const { number } = block.header
    this.#blocks.set(block.hash, block)
    const siblings = this.#candidates.get(number)
    if (siblings === undefined) this.#candidates.set(number, new Set([block.hash]))
    else siblings.add(block.hash)
  }

  move(labels: ChainLabels, { removed, added }: CanonicalChange, finalizedNumber: bigint | null): void {
    for (const { header, transactions } of removed) {
      this.#canonical.delete(header.number)
      for (const { hash } of transactions) this.#transactions.delete(hash)
    }
    for (const { hash: blockHash, header, transactions } of added) {
      this.#canonical.set(header.number, blockHash)
      for (const [index, { hash }] of transactions.entries())
        this.#transactions.set(hash, { blockHash, index })
    }
    this.#labels = labels
    if (finalizedNumber !== null) this.#forgetSideChains(finalizedNumber)
  }

  #forgetSideChains(finalizedNumber: bigint): void {
    let forgot = false
    for (const number of [...this.#candidates.keys()].sort((a, b) => Number(a - b))) {
      if (number > finalizedNumber && !forgot) return
      const hashes = this.#candidates.get(number) ?? new Set()
      for (const hash of hashes) {
        if (this.#canonical.get(number) === hash) continue
        const parent = this.#blocks.get(hash)?.header.parentHash
        // Above the finalized number a side chain stays as long as it stands on something.
        if (number > finalizedNumber && parent !== undefined && this.#blocks.has(parent)) continue
        this.#blocks.delete(hash)
        hashes.delete(hash)
        forgot = true
      }
      if (number <= finalizedNumber || hashes.size === 0) this.#candidates.delete(number)
    }
  }
}
