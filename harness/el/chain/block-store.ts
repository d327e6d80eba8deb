import type { Hash } from 'viem'
import type { ExecutedBlock } from '../execution/types.ts'
import type { BlockRecords, CanonicalChange } from './block-records.ts'
import type { ChainEntry } from './forkchoice.ts'
import type { BlockHeader } from './header.ts'
import { MemoryBlockRecords } from './memory-block-records.ts'

/** Where a transaction of the canonical chain is. */
export interface TransactionLocation {
  readonly block: ExecutedBlock
  readonly index: number
}

/** A forkchoice update that is to come into effect; what it does not name stays. */
export interface LabelMove {
  readonly head: Hash
  /** The highest block of both the old and the new chain. */
  readonly commonAncestor: Hash
  readonly safe: Hash | null
  readonly finalized: Hash | null
}

/**
 * Executed blocks by hash, the canonical ones also by number, where each canonical transaction is, and the three
 * labels. Side chains are forgotten once a finalized block of the head's chain stands above them.
 */
export class BlockStore {
  readonly #records: BlockRecords
  readonly genesis: ExecutedBlock
  #head: ExecutedBlock
  #safe: ExecutedBlock | null
  #finalized: ExecutedBlock | null

  constructor(genesis: ExecutedBlock, records: BlockRecords = new MemoryBlockRecords(genesis)) {
    const { head, safe, finalized } = records.labels
    this.#records = records
    this.genesis = genesis
    this.#head = this.#mustGet(head)
    this.#safe = safe === null ? null : this.#mustGet(safe)
    this.#finalized = finalized === null ? null : this.#mustGet(finalized)
  }

  get head(): ExecutedBlock {
    return this.#head
  }

  /** `null` until a forkchoice update names one. */
  get safe(): ExecutedBlock | null {
    return this.#safe
  }

  get finalized(): ExecutedBlock | null {
    return this.#finalized
  }

  /** Keeps a block beside the canonical chain. */
  add(block: ExecutedBlock): void {
    this.#records.add(block)
  }

  /** As {@link add}, on the way to others: {@link BlockRecords.addSoon}. */
  addSoon(block: ExecutedBlock): void {
    this.#records.addSoon(block)
  }

  byHash(hash: Hash): ExecutedBlock | undefined {
    return this.#records.byHash(hash)
  }

  /** Of {@link byHash}; cheap, for who walks a chain. */
  header(hash: Hash): BlockHeader | undefined {
    return this.#records.header(hash)
  }

  byNumber(number: bigint): ExecutedBlock | undefined {
    const hash = this.canonicalHash(number)
    return hash === undefined ? undefined : this.byHash(hash)
  }

  canonicalHash(number: bigint): Hash | undefined {
    return this.#records.canonicalHash(number)
  }

  isCanonical(block: ExecutedBlock): boolean {
    return this.canonicalHash(block.header.number) === block.hash
  }

  entry(hash: Hash): ChainEntry | undefined {
    const header = this.header(hash)
    return header === undefined ? undefined : { hash, number: header.number, parentHash: header.parentHash }
  }

  transaction(hash: Hash): TransactionLocation | undefined {
    const place = this.#records.transaction(hash)
    const block = place === undefined ? undefined : this.byHash(place.blockHash)
    return place === undefined || block === undefined ? undefined : { block, index: place.index }
  }

  /**
   * Makes `head` and its ancestors canonical, down to `commonAncestor`, which is canonical already, and moves the other
   * labels. One that is not named stays where it is, as in geth and reth, also beside the head's chain: until a block that
   * is final there takes the side chain away. When it throws, nothing has moved.
   */
  move({ head, commonAncestor, safe, finalized }: LabelMove): CanonicalChange {
    const nextHead = this.#mustGet(head)
    const removed = this.#between(this.#head, commonAncestor)
    const change = { removed, added: this.#between(nextHead, commonAncestor).reverse() }
    const label = (named: Hash | null, current: ExecutedBlock | null) =>
      named === null ? current : this.#mustGet(named)
    const nextFinalized = label(finalized, this.#finalized)
    const isAmongThem = (block: ExecutedBlock) =>
      change.added.some(({ hash }) => hash === block.hash) ||
      (this.isCanonical(block) && !removed.some(({ hash }) => hash === block.hash))
    // Beside the head's chain it makes nothing final.
    const final = nextFinalized !== null && isAmongThem(nextFinalized) ? nextFinalized : null
    const named = label(safe, this.#safe)
    const isForgotten =
      named !== null && final !== null && !isAmongThem(named) && !this.#standsOn(named, final)
    const nextSafe = isForgotten ? null : named
    const labels = { head, safe: nextSafe?.hash ?? null, finalized: nextFinalized?.hash ?? null }
    if (
      labels.head !== this.#head.hash ||
      labels.safe !== (this.#safe?.hash ?? null) ||
      labels.finalized !== (this.#finalized?.hash ?? null)
    )
      this.#records.move(labels, change, final?.header.number ?? null)
    this.#head = nextHead
    this.#safe = nextSafe
    this.#finalized = nextFinalized
    return change
  }

  /**
   * Calls safe what is final, as op-geth does when it starts: it keeps no safe label (go-ethereum, `loadLastState`). op-reth
   * keeps all of them.
   */
  forgetSafe(): void {
    const { head, finalized } = this
    const label = finalized?.hash ?? null
    const labels = { head: head.hash, safe: label, finalized: label }
    this.#records.move(labels, { removed: [], added: [] }, null)
    this.#safe = finalized
  }

  /** Takes from canonical blocks below that number their states, some at a time: {@link BlockRecords.forgetStates}. */
  forgetStates(below: bigint): void {
    this.#records.forgetStates(below)
  }

  /** Keeps the state of a block that was executed again. */
  regain(block: ExecutedBlock): void {
    this.#records.regain(block)
  }

  /** Takes a state away that was only wanted on the way to another. */
  loseState(hash: Hash): void {
    this.#records.loseState(hash)
  }

  /** From `top` down to the block above `ancestor`. */
  #between(top: ExecutedBlock, ancestor: Hash): ExecutedBlock[] {
    const blocks: ExecutedBlock[] = []
    for (let cursor = top; cursor.hash !== ancestor; cursor = this.#mustGet(cursor.header.parentHash))
      blocks.push(cursor)
    return blocks
  }

  #standsOn(block: ExecutedBlock, ancestor: ExecutedBlock): boolean {
    let cursor: ChainEntry | undefined = toEntry(block)
    while (cursor !== undefined && cursor.number > ancestor.header.number)
      cursor = this.entry(cursor.parentHash)
    return cursor?.hash === ancestor.hash
  }

  #mustGet(hash: Hash): ExecutedBlock {
    const block = this.#records.byHash(hash)
    if (block === undefined) throw new Error(`expected block ${hash} in the store, found nothing`)
    return block
  }
}

export function toEntry(block: ExecutedBlock): ChainEntry {
  return { hash: block.hash, number: block.header.number, parentHash: block.header.parentHash }
}
