import type { Hash } from 'viem'
import {
  bytesToHex,
  bytesToUint,
  concatBytes,
  hexToBytes,
  uintToBytes,
} from '../../../node/protocol/bytes.ts'
import type { BlockRecords, CanonicalChange, ChainLabels, TransactionPlace } from '../chain/block-records.ts'
import type { BlockHeader } from '../chain/header.ts'
import { type GcMode, oldestStateKept, statesReleasedAtOnceMax } from '../chain/retention.ts'
import { LruMap } from '../execution/lru-map.ts'
import type { StagedState } from '../execution/state/staged-state.ts'
import type { ExecutedBlock } from '../execution/types.ts'
import { decodeStoredBlock, decodeStoredHeader, encodeStoredBlock } from './block-codec.ts'
import type { Database } from './database.ts'
import { readLabels, readOldestState, writeLabels, writeOldestState } from './labels.ts'

/** Decoded blocks kept. */
const cachedMax = 128
/** Blocks that wait for others to be written with, fewer than states are held for: a commit takes as long as two blocks do. */
const waitingMax = 8
const noValue = Uint8Array.of(0)
/** Sorts behind every candidate's key. */
const afterAllNumbers = new Uint8Array(9).fill(0xff)

/**
 * Block records in a database: one transaction for a block with its receipts and its state, or for a few that may wait for
 * each other, and one for a forkchoice.
 */
export class DatabaseBlockRecords implements BlockRecords {
  readonly #database: Database
  readonly #state: StagedState
  readonly #cache = new LruMap<Hash, ExecutedBlock>(cachedMax)
  /** Oldest first; the next transaction writes them before anything else. */
  readonly #waiting = new Map<Hash, ExecutedBlock>()
  readonly #gcMode: GcMode
  #labels: ChainLabels

  /** @throws Error when the database has no labels: it has at least those of {@link writeGenesis}. */
  constructor(database: Database, state: StagedState, gcMode: GcMode) {
    this.#database = database
    this.#state = state
    this.#gcMode = gcMode
    this.#labels = readLabels(database.tables)
  }

  get labels(): ChainLabels {
    return this.#labels
  }

  byHash(hash: Hash): ExecutedBlock | undefined {
    const cached = this.#waiting.get(hash) ?? this.#cache.get(hash)
    if (cached !== undefined) return cached
    const bytes = this.#database.tables.blocks.get(hexToBytes(hash))
    if (bytes === undefined) return undefined
    const block = decodeStoredBlock(hash, bytes)
    this.#cache.set(hash, block)
    return block
  }

  header(hash: Hash): BlockHeader | undefined {
    const cached = this.#waiting.get(hash) ?? this.#cache.get(hash)
    if (cached !== undefined) return cached.header
    const bytes = this.#database.tables.blocks.get(hexToBytes(hash))
    return bytes === undefined ? undefined : decodeStoredHeader(bytes)
  }

  canonicalHash(number: bigint): Hash | undefined {
    if (number < 0n || number > 0xffff_ffff_ffff_ffffn) return undefined
    const hash = this.#database.tables.canonical.get(numberKey(number))
    return hash === undefined ? undefined : bytesToHex(hash)
  }

  transaction(hash: Hash): TransactionPlace | undefined {
    const place = this.#database.tables.transactions.get(hexToBytes(hash))
    if (place === undefined) return undefined
    return { blockHash: bytesToHex(place, 0, 32), index: Number(bytesToUint(place.subarray(32))) }
  }

  add(block: ExecutedBlock): void {
    if (this.byHash(block.hash) !== undefined) return
    this.#waiting.set(block.hash, block)
    this.#write()
  }

  addSoon(block: ExecutedBlock): void {
    if (this.byHash(block.hash) !== undefined) return
    this.#waiting.set(block.hash, block)
    if (this.#waiting.size >= waitingMax) this.#write()
  }

  /**
   * One transaction: the blocks that wait, and what is done. When it fails, the blocks are here no more: their states are held
   * for a while only, and a block that can never be written would keep all others from it.
   */
  #write(action: () => void = () => {}): void {
    const waiting = [...this.#waiting.values()]
    try {
      this.#database.write(() => {
        for (const block of waiting) writeBlock(this.#database, this.#state, block)
        action()
      })
    } finally {
      this.#waiting.clear()
    }
    for (const block of waiting) {
      this.#state.unstage(block.header.stateRoot)
      this.#cache.set(block.hash, block)
    }
  }

  move(labels: ChainLabels, change: CanonicalChange, finalizedNumber: bigint | null): void {
    const { candidates } = this.#database.tables
    const settled = finalizedNumber === null ? [] : candidates.keysBelow(numberKey(finalizedNumber + 1n))
    const forgotten: Hash[] = []
    this.#write(() => {
      writeCanonical(this.#database, change)
      writeLabels(this.#database.tables, labels)
      for (const key of settled) forgotten.push(...this.#settle(key))
      if (forgotten.length > 0) forgotten.push(...this.#forgetUnconnected())
      this.#forgetOldStates(labels.head, change, finalizedNumber)
    })
    this.#labels = labels
    for (const hash of forgotten) this.#cache.delete(hash)
  }

  forgetStates(below: bigint): void {
    if (this.#gcMode === 'archive') return
    this.#write(() => {
      const before = readOldestState(this.#database.tables)
      const oldest = this.#releaseBelow(before, below)
      if (oldest !== before) writeOldestState(this.#database.tables, oldest)
    })
  }

  regain(block: ExecutedBlock): void {
    const { tables } = this.#database
    const hash = hexToBytes(block.hash)
    const { number, stateRoot } = block.header
    this.#write(() => {
      if (tables.retained.has(hash)) return
      this.#state.retain(stateRoot)
      tables.retained.put(hash, noValue)
      // It gets old again.
      if (number < readOldestState(tables)) writeOldestState(tables, number)
    })
    this.#state.unstage(stateRoot)
  }

  loseState(hash: Hash): void {
    this.#write(() => this.#releaseState(hash))
  }

  /** A finalized block stands at or above this candidate. The hashes of what was forgotten: it or nothing. */
  #settle(key: Uint8Array): Hash[] {
    this.#database.tables.candidates.remove(key)
    const hash = bytesToHex(key, 8)
    if (this.canonicalHash(bytesToUint(key.subarray(0, 8))) === hash) return []
    this.#forget(hash)
    return [hash]
  }

  #forgetOldStates(headHash: Hash, { added }: CanonicalChange, finalizedNumber: bigint | null): void {
    const { tables } = this.#database
    const head = this.header(headHash)?.number ?? 0n
    const before = readOldestState(tables)
    // A reorg below what was final: these blocks have states again.
    let oldest = added.reduce((least, { header }) => (header.number < least ? header.number : least), before)
    const kept = oldestStateKept(this.#gcMode, head, finalizedNumber)
    oldest = this.#releaseBelow(oldest, kept)
    if (oldest !== before) writeOldestState(tables, oldest)
  }

  /** The oldest block that may have a state then. */
  #releaseBelow(oldest: bigint, below: bigint): bigint {
    const end = oldest + statesReleasedAtOnceMax
    let next = oldest
    for (; next < below && next < end; next++) {
      const hash = this.canonicalHash(next)
      if (hash !== undefined) this.#releaseState(hash)
    }
    return next
  }

  #releaseState(hash: Hash): void {
    if (this.#gcMode === 'archive') return
    const { retained } = this.#database.tables
    const header = this.header(hash)
    if (header === undefined || !retained.has(hexToBytes(hash))) return
    retained.remove(hexToBytes(hash))
    this.#state.release(header.stateRoot)
  }

  #forget(hash: Hash): void {
    this.#releaseState(hash)
    this.#database.tables.blocks.remove(hexToBytes(hash))
  }

  /** Forgets the side blocks whose parents are gone, lowest first: a block that is kept has all its ancestors. */
  #forgetUnconnected(): Hash[] {
    const { candidates, blocks } = this.#database.tables
    const forgotten: Hash[] = []
    for (const key of candidates.keysBelow(afterAllNumbers)) {
      const hash = bytesToHex(key, 8)
      if (this.canonicalHash(bytesToUint(key.subarray(0, 8))) === hash) continue
      const parent = this.header(hash)?.parentHash
      if (parent !== undefined && blocks.has(hexToBytes(parent))) continue
      candidates.remove(key)
      this.#forget(hash)
      forgotten.push(hash)
    }
    return forgotten
  }
}

/** Writes the first block of a chain; called within a transaction. */
export function writeGenesis(database: Database, state: StagedState, genesis: ExecutedBlock): void {
  writeBlock(database, state, genesis)
  writeCanonical(database, { removed: [], added: [genesis] })
  writeLabels(database.tables, { head: genesis.hash, safe: null, finalized: null })
  // It never loses its state.
  database.tables.retained.remove(hexToBytes(genesis.hash))
  writeOldestState(database.tables, genesis.header.number)
}

function writeBlock({ tables }: Database, state: StagedState, block: ExecutedBlock): void {
  const hash = hexToBytes(block.hash)
  state.retain(block.header.stateRoot)
  tables.retained.put(hash, noValue)
  tables.blocks.put(hash, encodeStoredBlock(block))
  tables.candidates.put(concatBytes([numberKey(block.header.number), hash]), noValue)
}

function writeCanonical({ tables }: Database, { removed, added }: CanonicalChange): void {
  for (const { header, transactions } of removed) {
    tables.canonical.remove(numberKey(header.number))
    for (const { hash } of transactions) tables.transactions.remove(hexToBytes(hash))
  }
  for (const { hash: blockHash, header, transactions } of added) {
    const bytes = hexToBytes(blockHash)
    tables.canonical.put(numberKey(header.number), bytes)
    for (const [index, { hash }] of transactions.entries())
      tables.transactions.put(hexToBytes(hash), concatBytes([bytes, uintToBytes(BigInt(index), 4)]))
  }
}

/** Eight bytes, so that keys are ordered as the numbers are. */
function numberKey(number: bigint): Uint8Array {
  return uintToBytes(number, 8)
}
