import type { Hash } from 'viem'
import type { ExecutedBlock } from '../execution/types.ts'
import type { ChainEntry } from './forkchoice.ts'

/** Where a transaction of the canonical chain is. */
export interface TransactionLocation {
  readonly block: ExecutedBlock
  readonly index: number
}

/** How the canonical chain changed. */
export interface CanonicalChange {
  /** No longer canonical, newest first. */
  readonly removed: readonly ExecutedBlock[]
  /** Now canonical, oldest first. */
  readonly added: readonly ExecutedBlock[]
}

/**
 * Executed blocks by hash, the canonical ones also by number, and where each canonical transaction is. In memory; side
 * chains are forgotten once a finalized block stands above them.
 */
export class BlockStore {
  readonly #blocks = new Map<Hash, ExecutedBlock>()
  readonly #hashesByNumber = new Map<bigint, Set<Hash>>()
  readonly #canonical = new Map<bigint, Hash>()
  readonly #transactions = new Map<Hash, { readonly blockHash: Hash; readonly index: number }>()
  readonly genesis: ExecutedBlock
  #head: ExecutedBlock
  #prunedBelow = 0n

  constructor(genesis: ExecutedBlock) {
    this.genesis = genesis
    this.#head = genesis
    this.add(genesis)
    this.#makeCanonical(genesis)
  }

  get head(): ExecutedBlock {
    return this.#head
  }

  /** Keeps a block beside the canonical chain. */
  add(block: ExecutedBlock): void {
    this.#blocks.set(block.hash, block)
    const siblings = this.#hashesByNumber.get(block.header.number)
    if (siblings === undefined) this.#hashesByNumber.set(block.header.number, new Set([block.hash]))
    else siblings.add(block.hash)
  }

  byHash(hash: Hash): ExecutedBlock | undefined {
    return this.#blocks.get(hash)
  }

  byNumber(number: bigint): ExecutedBlock | undefined {
    const hash = this.#canonical.get(number)
    return hash === undefined ? undefined : this.#blocks.get(hash)
  }

  canonicalHash(number: bigint): Hash | undefined {
    return this.#canonical.get(number)
  }

  isCanonical(block: ExecutedBlock): boolean {
    return this.#canonical.get(block.header.number) === block.hash
  }

  entry(hash: Hash): ChainEntry | undefined {
    const block = this.#blocks.get(hash)
    return block === undefined ? undefined : toEntry(block)
  }

  transaction(hash: Hash): TransactionLocation | undefined {
    const location = this.#transactions.get(hash)
    const block = location === undefined ? undefined : this.#blocks.get(location.blockHash)
    return location === undefined || block === undefined ? undefined : { block, index: location.index }
  }

  /** Makes `head` and its ancestors canonical, down to `commonAncestor`, which is canonical already. */
  setHead(head: Hash, commonAncestor: Hash): CanonicalChange {
    const target = this.#mustGet(head)
    const base = this.#mustGet(commonAncestor)
    const removed: ExecutedBlock[] = []
    for (
      let cursor = this.#head;
      cursor.hash !== base.hash;
      cursor = this.#mustGet(cursor.header.parentHash)
    ) {
      removed.push(cursor)
      this.#canonical.delete(cursor.header.number)
      for (const { hash } of cursor.transactions) this.#transactions.delete(hash)
    }
    const added: ExecutedBlock[] = []
    for (let cursor = target; cursor.hash !== base.hash; cursor = this.#mustGet(cursor.header.parentHash))
      added.push(cursor)
    added.reverse()
    for (const block of added) this.#makeCanonical(block)
    this.#head = target
    return { removed, added }
  }

  /** Forgets blocks up to and including `number` that are not canonical. */
  pruneSideChains(number: bigint): void {
    for (; this.#prunedBelow <= number; this.#prunedBelow++) {
      const siblings = this.#hashesByNumber.get(this.#prunedBelow)
      const canonical = this.#canonical.get(this.#prunedBelow)
      for (const hash of siblings ?? []) if (hash !== canonical) this.#blocks.delete(hash)
      this.#hashesByNumber.delete(this.#prunedBelow)
    }
  }

  #makeCanonical(block: ExecutedBlock): void {
    this.#canonical.set(block.header.number, block.hash)
    block.transactions.forEach(({ hash }, index) => {
      this.#transactions.set(hash, { blockHash: block.hash, index })
    })
  }

  #mustGet(hash: Hash): ExecutedBlock {
    const block = this.#blocks.get(hash)
    if (block === undefined) throw new Error(`expected block ${hash} in the store, found nothing`)
    return block
  }
}

export function toEntry(block: ExecutedBlock): ChainEntry {
  return { hash: block.hash, number: block.header.number, parentHash: block.header.parentHash }
}
