import type { Address, Hash, Hex } from 'viem'
import { type BlockId, formatRef, type L1BlockRef } from '../../node/protocol/refs.ts'

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

/** A block with all that is needed to mine it again, so that it gets the same hash. */
export interface RemovableBlock extends OrphanedBlock {
  readonly transactions: readonly Hex[]
  readonly feeRecipient: Address
  readonly baseFeePerGas: bigint
}

interface OrphanedTransaction {
  readonly hash: Hash
  readonly from: Address
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
  readonly #orphans = new Map<Hash, RemovableBlock>()

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

  orphan(block: RemovableBlock): void {
    this.#orphans.set(block.ref.hash, block)
  }

  orphaned(hash: Hash): RemovableBlock | undefined {
    return this.#orphans.get(hash)
  }

  /** The fork that a block was first mined on. */
  forkOf(hash: Hash): number | undefined {
    return this.#blocks.get(hash)?.fork
  }

  /**
   * The orphaned blocks up to that one, from the first whose parent is canonical on; the oldest first.
   * @throws when the block, or one below it, is canonical, unknown, or forgotten.
   */
  branch(tip: BlockId): readonly RemovableBlock[] {
    const blocks: RemovableBlock[] = []
    for (let hash = tip.hash; ; ) {
      const block = this.#orphans.get(hash)
      if (block === undefined)
        throw new Error(
          this.#blocks.has(hash)
            ? `L1 block ${formatRef(tip)} is canonical already`
            : `L1 block ${formatRef(tip)} cannot come back: ${hash} below it is not known (any more)`,
        )
      blocks.unshift(block)
      const { parentHash } = block.ref
      if (this.#blocks.has(parentHash) && !this.#orphans.has(parentHash)) return blocks
      hash = parentHash
    }
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
