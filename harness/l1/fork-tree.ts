import type { Hash } from 'viem'
import type { L1BlockRef } from '../../node/protocol/refs.ts'

/** What anvil answered for a block before it was orphaned, so that the gateway can go on answering it. */
export interface OrphanedBlock {
  readonly ref: L1BlockRef
  /** `eth_getBlockByHash` with full transactions. */
  readonly block: Readonly<Record<string, unknown>> & {
    readonly transactions: readonly OrphanedTransaction[]
  }
  /** `eth_getBlockReceipts`. */
  readonly receipts: readonly Readonly<Record<string, unknown>>[]
}

interface OrphanedTransaction {
  readonly hash: Hash
  /** Type 3 only. */
  readonly blobVersionedHashes?: readonly Hash[] | undefined
}

/** One block of the tree that the forks make. */
export interface ForkTreeBlock {
  readonly ref: L1BlockRef
  /** Counts the reorgs before this block was mined: 0 is the first chain. */
  readonly fork: number
  readonly canonical: boolean
}

/** Every L1 block that ever was, up to the limit; the newest are kept. */
export class ForkTree {
  readonly #blocksMax: number
  readonly #blocks = new Map<Hash, { ref: L1BlockRef; fork: number }>()
  readonly #orphans = new Map<Hash, OrphanedBlock>()

  constructor(blocksMax = 100_000) {
    this.#blocksMax = blocksMax
  }

  /** A block became canonical: for the first time, or again. */
  add(ref: L1BlockRef, fork: number): void {
    this.#blocks.set(ref.hash, { ref, fork })
    this.#orphans.delete(ref.hash)
    const oldest = this.#blocks.size > this.#blocksMax ? this.#blocks.keys().next().value : undefined
    if (oldest !== undefined) {
      this.#blocks.delete(oldest)
      this.#orphans.delete(oldest)
    }
  }

  orphan(block: OrphanedBlock): void {
    this.#orphans.set(block.ref.hash, block)
  }

  orphaned(hash: Hash): OrphanedBlock | undefined {
    return this.#orphans.get(hash)
  }

  block(hash: Hash): ForkTreeBlock | undefined {
    const found = this.#blocks.get(hash)
    return found === undefined ? undefined : { ...found, canonical: !this.#orphans.has(hash) }
  }

  /** All blocks in the order they were mined. */
  blocks(): readonly ForkTreeBlock[] {
    return [...this.#blocks.values()].map(({ ref, fork }) => ({
      ref,
      fork,
      canonical: !this.#orphans.has(ref.hash),
    }))
  }
}
