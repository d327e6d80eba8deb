import type { Hash } from 'viem'
import { LruMap } from '../execution/lru-map.ts'
import type { StagedState } from '../execution/state/staged-state.ts'
import type { ExecutedBlock } from '../execution/types.ts'
import type { BlockRecords, CanonicalChange, ChainLabels, TransactionPlace } from './block-records.ts'
import { type ColdBlock, freezeBlock, thawBlock, thawHeader, warmBytesOf } from './cold-block.ts'
import { type ColdStorage, coldInMemory } from './cold-storage.ts'
import type { BlockHeader } from './header.ts'
import { type GcMode, oldestStateKept, statesReleasedAtOnceMax } from './retention.ts'

export interface MemoryBlockRecordsOptions {
  /** Whose states these blocks retain. Without one, somebody else keeps states. */
  readonly state?: Pick<StagedState, 'retain' | 'release' | 'unstage'>
  /** Default: archive. */
  readonly gcMode?: GcMode
  /** What blocks may take before the oldest are compressed and put away, by `warmBytesOf`. Default: 8 MiB. */
  readonly warmBytesMax?: number
  /** Where those are put. Default: in memory. */
  readonly cold?: ColdStorage
  /** Transactions that are found by hash. Default: 10 000. */
  readonly indexedMax?: number
}

/** So many bytes of the newest blocks are kept as objects: at 20 transfers a second, those of two and a half minutes. */
const defaultWarmBytesMax = 8 * 1024 * 1024
/** Older blocks that somebody reads just now. */
const thawedMax = 16
/** The newest are found by hash, as with geth's `--history.transactions`: on a quiet chain those of hours. */
const defaultIndexedMax = 10_000

/** Keeps a chain as long as its process lives, from a genesis block on: old blocks compressed, old states not at all. */
export class MemoryBlockRecords implements BlockRecords {
  readonly #state: MemoryBlockRecordsOptions['state']
  readonly #gcMode: GcMode
  readonly #warmBytesMax: number
  readonly #storage: ColdStorage
  readonly #indexedMax: number
  /** The oldest first. */
  readonly #warm = new Map<Hash, ExecutedBlock>()
  #warmBytes = 0
  readonly #cold = new Map<Hash, ColdBlock>()
  readonly #thawed = new LruMap<Hash, ExecutedBlock>(thawedMax)
  /** Blocks that are not finalized yet, by number. */
  readonly #candidates = new Map<bigint, Set<Hash>>()
  readonly #canonical = new Map<bigint, Hash>()
  readonly #transactions = new Map<Hash, TransactionPlace>()
  /** Blocks that have their state. Genesis is none of them, because it never loses its own. */
  readonly #withState = new Set<Hash>()
  /** Canonical blocks below these have lost their state, or the index of their transactions. */
  #oldestState: bigint
  #oldestIndexed: bigint
  #labels: ChainLabels

  constructor(
    genesis: ExecutedBlock,
    {
      state,
      gcMode = 'archive',
      warmBytesMax = defaultWarmBytesMax,
      cold = coldInMemory,
      indexedMax = defaultIndexedMax,
    }: MemoryBlockRecordsOptions = {},
  ) {
    this.#warmBytesMax = warmBytesMax
    this.#storage = cold
    this.#indexedMax = indexedMax
    this.#state = state
    this.#gcMode = gcMode
    this.#oldestState = genesis.header.number
    this.#oldestIndexed = genesis.header.number
    this.#labels = { head: genesis.hash, safe: null, finalized: null }
    this.add(genesis)
    this.#withState.delete(genesis.hash)
    this.move(this.#labels, { removed: [], added: [genesis] }, null)
  }

  get labels(): ChainLabels {
    return this.#labels
  }

  byHash(hash: Hash): ExecutedBlock | undefined {
    const known = this.#warm.get(hash) ?? this.#thawed.get(hash)
    if (known !== undefined) return known
    const cold = this.#cold.get(hash)
    if (cold === undefined) return undefined
    const block = thawBlock(hash, cold)
    this.#thawed.set(hash, block)
    return block
  }

  header(hash: Hash): BlockHeader | undefined {
    const warm = this.#warm.get(hash)
    if (warm !== undefined) return warm.header
    const cold = this.#cold.get(hash)
    return cold === undefined ? undefined : thawHeader(cold)
  }

  canonicalHash(number: bigint): Hash | undefined {
    return this.#canonical.get(number)
  }

  transaction(hash: Hash): TransactionPlace | undefined {
    return this.#transactions.get(hash)
  }

  add(block: ExecutedBlock): void {
    if (this.#warm.has(block.hash) || this.#cold.has(block.hash)) return
    const { number, stateRoot } = block.header
    this.#state?.retain(stateRoot)
    this.#state?.unstage(stateRoot)
    this.#withState.add(block.hash)
    this.#warm.set(block.hash, block)
    this.#warmBytes += warmBytesOf(block)
    const siblings = this.#candidates.get(number)
    if (siblings === undefined) this.#candidates.set(number, new Set([block.hash]))
    else siblings.add(block.hash)
    this.#freezeOldest()
  }

  addSoon(block: ExecutedBlock): void {
    this.add(block)
  }

  move(labels: ChainLabels, { removed, added }: CanonicalChange, finalizedNumber: bigint | null): void {
    for (const { header, transactions } of removed) {
      this.#canonical.delete(header.number)
      for (const { hash } of transactions) this.#transactions.delete(hash)
    }
    for (const { hash: blockHash, header, transactions } of added) {
      if (header.number < this.#oldestState) this.#oldestState = header.number
      if (header.number < this.#oldestIndexed) this.#oldestIndexed = header.number
      this.#canonical.set(header.number, blockHash)
      for (const [index, { hash }] of transactions.entries())
        this.#transactions.set(hash, { blockHash, index })
    }
    this.#labels = labels
    if (finalizedNumber !== null) this.#forgetSideChains(finalizedNumber)
    this.#forgetOld(finalizedNumber)
  }

  forgetStates(below: bigint): void {
    if (this.#gcMode === 'archive') return
    const most = this.#oldestState + statesReleasedAtOnceMax
    for (; this.#oldestState < below && this.#oldestState < most; this.#oldestState++) {
      const hash = this.#canonical.get(this.#oldestState)
      if (hash !== undefined) this.loseState(hash)
    }
  }

  regain({ hash, header }: ExecutedBlock): void {
    if (this.#withState.has(hash)) return
    this.#state?.retain(header.stateRoot)
    this.#state?.unstage(header.stateRoot)
    this.#withState.add(hash)
    // It gets old again.
    if (header.number < this.#oldestState) this.#oldestState = header.number
  }

  loseState(hash: Hash): void {
    if (this.#gcMode === 'archive') return
    const header = this.header(hash)
    if (header !== undefined && this.#withState.delete(hash)) this.#state?.release(header.stateRoot)
  }

  #freezeOldest(): void {
    for (const [hash, block] of this.#warm) {
      if (this.#warmBytes <= this.#warmBytesMax) return
      // The newest is read at once, however large it is.
      if (this.#warm.size === 1) return
      this.#cold.set(hash, freezeBlock(block, this.#storage))
      this.#drop(hash, block)
    }
  }

  #drop(hash: Hash, block: ExecutedBlock): void {
    this.#warm.delete(hash)
    this.#warmBytes -= warmBytesOf(block)
  }

  #forgetOld(finalizedNumber: bigint | null): void {
    const head = this.header(this.#labels.head)?.number ?? 0n
    this.forgetStates(oldestStateKept(this.#gcMode, head, finalizedNumber))
    // Never above what a reorg may still take back; an archive keeps all states, and so all of these.
    for (
      ;
      this.#oldestIndexed < this.#oldestState && this.#transactions.size > this.#indexedMax;
      this.#oldestIndexed++
    ) {
      const hash = this.#canonical.get(this.#oldestIndexed)
      for (const transaction of (hash === undefined ? undefined : this.byHash(hash))?.transactions ?? [])
        this.#transactions.delete(transaction.hash)
    }
  }

  #forget(hash: Hash): void {
    this.loseState(hash)
    const warm = this.#warm.get(hash)
    if (warm !== undefined) this.#drop(hash, warm)
    this.#cold.delete(hash)
    this.#thawed.delete(hash)
  }

  #forgetSideChains(finalizedNumber: bigint): void {
    let forgot = false
    for (const number of [...this.#candidates.keys()].sort((a, b) => Number(a - b))) {
      if (number > finalizedNumber && !forgot) return
      const hashes = this.#candidates.get(number) ?? new Set()
      for (const hash of hashes) {
        if (this.#canonical.get(number) === hash) continue
        const parent = this.header(hash)?.parentHash
        // Above the finalized number a side chain stays as long as it stands on something.
        if (number > finalizedNumber && parent !== undefined && this.header(parent) !== undefined) continue
        this.#forget(hash)
        hashes.delete(hash)
        forgot = true
      }
      if (number <= finalizedNumber || hashes.size === 0) this.#candidates.delete(number)
    }
  }
}
