import type { BlockId, L2BlockRef } from '../protocol/refs.ts'

/** `l2` is the highest block that the data up to and including `l1` gave. */
interface FinalityEntry {
  readonly l1: BlockId
  readonly l2: L2BlockRef
}

/** Which L2 block becomes final with which L1 block: ascending in both, bounded. No clock, no I/O. */
export interface FinalityMap {
  readonly size: number
  /** `l2` was derived from `l1`. Entries that contradict it (a later L1 block or a higher L2 block) are dropped. */
  record(l1: BlockId, l2: L2BlockRef): void
  /** The highest entry whose L1 block is at or below that number. */
  highestAtOrBelow(l1Number: bigint): FinalityEntry | null
  /** Drops one entry: its L1 block is not canonical. */
  remove(entry: FinalityEntry): void
  /** Drops the entries at or below that L1 block: they are final. */
  prune(l1Number: bigint): void
  /** The safe head went back: what was derived above it no longer holds, everything else does. */
  rewind(safe: L2BlockRef): void
}

/**
 * L1 blocks that the map remembers: over half a day of Ethereum without finality. Beyond it the oldest go first, so
 * finality resumes, coarser, as soon as L1 finalizes the oldest that is left.
 */
const finalityEntriesMax = 4096

export function createFinalityMap(entriesMax = finalityEntriesMax): FinalityMap {
  let entries: FinalityEntry[] = []
  return {
    get size() {
      return entries.length
    },
    record(l1, l2) {
      for (let last = entries.at(-1); last !== undefined; last = entries.at(-1)) {
        if (last.l1.number < l1.number && last.l2.number < l2.number) break
        entries.pop()
      }
      entries.push({ l1: { hash: l1.hash, number: l1.number }, l2 })
      if (entries.length > entriesMax) entries.shift()
    },
    highestAtOrBelow(l1Number) {
      return entries.findLast((entry) => entry.l1.number <= l1Number) ?? null
    },
    remove(entry) {
      entries = entries.filter((other) => other !== entry)
    },
    prune(l1Number) {
      entries = entries.filter((entry) => entry.l1.number > l1Number)
    },
    rewind(safe) {
      entries = entries.filter((entry) => entry.l2.number <= safe.number)
    },
  }
}
