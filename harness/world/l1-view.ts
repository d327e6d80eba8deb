import type { Hash } from 'viem'
import type { BlockId, L1BlockRef } from '../../node/protocol/refs.ts'

/** What L1 is, as far as its events told: enough to judge whether a block is canonical without asking anyone. */
export interface L1View {
  readonly head: BlockId
  /** When L1 last replaced a block; Unix time in milliseconds, null before the first reorg. */
  readonly lastReorgMs: number | null
  /** A new head. Every block at its height or above is orphaned by it. */
  add(block: Pick<L1BlockRef, 'number' | 'hash'>, nowMs: number): void
  isCanonical(block: BlockId): boolean
  /** The canonical block at that height; undefined above the head, and where it is forgotten. */
  canonicalAt(number: bigint): BlockId | undefined
  /** When the block was orphaned; undefined when it is canonical or was never on L1. */
  orphanedMs(hash: Hash): number | undefined
}

/** Older blocks are forgotten and count as canonical: no reorg of a devstack reaches them. */
const blocksMax = 20_000

export function createL1View(genesis: BlockId): L1View {
  const canonical = new Map<bigint, Hash>([[genesis.number, genesis.hash]])
  const orphaned = new Map<Hash, number>()
  let head: BlockId = genesis
  let oldest = genesis.number
  let lastReorgMs: number | null = null
  return {
    get head() {
      return head
    },
    get lastReorgMs() {
      return lastReorgMs
    },
    add(block, nowMs) {
      for (let number = block.number; number <= head.number; number++) {
        const hash = canonical.get(number)
        if (hash === undefined || hash === block.hash) continue
        orphaned.set(hash, nowMs)
        canonical.delete(number)
        lastReorgMs = nowMs
      }
      orphaned.delete(block.hash)
      canonical.set(block.number, block.hash)
      head = { number: block.number, hash: block.hash }
      if (canonical.size > blocksMax) canonical.delete(oldest++)
    },
    isCanonical: (block) => block.number < oldest || canonical.get(block.number) === block.hash,
    canonicalAt(number) {
      const hash = canonical.get(number)
      return hash === undefined ? undefined : { number, hash }
    },
    orphanedMs: (hash) => orphaned.get(hash),
  }
}
