import type { Hash } from 'viem'
import type { ExecutedBlock } from '../execution/types.ts'
import type { BlockHeader } from './header.ts'

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
 * Where a {@link BlockStore} keeps its blocks: in memory or in a datadir. Each write is all or nothing, and has happened,
 * as durably as the implementation promises, when it returns; all but `addSoon`.
 */
export interface BlockRecords {
  readonly labels: ChainLabels
  byHash(hash: Hash): ExecutedBlock | undefined
  /** Of {@link byHash}, without reading all of the block. */
  header(hash: Hash): BlockHeader | undefined
  canonicalHash(number: bigint): Hash | undefined
  transaction(hash: Hash): TransactionPlace | undefined
  /** Keeps a block, beside the canonical chain, and the state that it was executed to. */
  add(block: ExecutedBlock): void
  /** As `add`, of a block that nobody was told of yet: it is here at once, but lasts only when the next others do. */
  addSoon(block: ExecutedBlock): void
  /**
   * Moves the labels and the canonical chain.
   * @param finalizedNumber blocks up to it that are not canonical are forgotten, with everything that stands on them:
   * a block that is kept has all its ancestors. `null` keeps them. With it, states become old: see `retention.ts`.
   */
  move(labels: ChainLabels, change: CanonicalChange, finalizedNumber: bigint | null): void
  /** Takes from canonical blocks below that number their states, some at a time, whether they are final or not. */
  forgetStates(below: bigint): void
  /** Keeps the state of a block that had lost it, and was executed again. */
  regain(block: ExecutedBlock): void
  /** Takes a state away that was only wanted on the way to another. */
  loseState(hash: Hash): void
}
