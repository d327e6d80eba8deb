import type { SafeHeadEntry, SafeHeadStore } from '../ports/safe-head-store.ts'
import { type BlockId, type L2BlockRef, sameBlock } from '../protocol/refs.ts'

/**
 * Which L2 block was safe at which L1 block, as far as this node derived it: finality, sync start and
 * `optimism_safeHeadAtL1Block` read it, the engine actor alone writes it. Ascending in both numbers.
 */
export interface SafeHeads {
  /** The newest entry at or below that L1 block, whether or not something is missing after it. */
  atOrBelow(l1Number: bigint): SafeHeadEntry | null
  /** What was safe at that L1 block; null when it is below the first entry or in a gap. */
  safeHeadAt(l1Number: bigint): SafeHeadEntry | null
  /** The newest entry, when it reaches `safe`: else nothing is known of how `safe` came to be. */
  newestUpTo(safe: BlockId): SafeHeadEntry | null
  /** The entry before that one; null when there is none, or a gap between them. */
  before(entry: SafeHeadEntry): SafeHeadEntry | null
  /**
   * `safe` was derived from L1 up to `l1`. Entries at later L1 blocks are of another fork and go.
   *
   * To be called, and waited for, before the execution engine hears of `safe`: what a killed node leaves behind may then
   * be ahead of the engine, which `reset` corrects, and never behind it.
   */
  record(l1: BlockId, safe: BlockId): Promise<void>
  /**
   * The safe head was set to that block, and derivation goes on from it.
   * @param isRecorded false when L1 no longer has what the entry of that block says that it was derived from. Default: true.
   */
  reset(safe: L2BlockRef, isRecorded?: boolean): Promise<void>
}

const l1NumberMax = 2n ** 64n - 1n

/** The rules of op-node's safe-head database (op-node/node/safedb), and gaps, which it answers as if nothing were missing. */
export function createSafeHeads(store: SafeHeadStore): SafeHeads {
  const { atOrBelow } = store

  const before = ({ l1 }: SafeHeadEntry): SafeHeadEntry | null => {
    const previous = l1.number === 0n ? null : atOrBelow(l1.number - 1n)
    return previous === null || previous.gapAfter ? null : previous
  }

  /** The entry of the L1 block that made `safe` safe. A block is derived from its L1 origin at the earliest. */
  const entryOf = (safe: L2BlockRef): SafeHeadEntry | null => {
    let entry = store.atOrAbove(safe.l1Origin.number)
    while (entry !== null && entry.l2.number < safe.number) entry = store.atOrAbove(entry.l1.number + 1n)
    return entry
  }

  /** Nothing is known of what comes after the newest entry below that L1 block. */
  const endBefore = async (l1Number: bigint): Promise<void> => {
    const last = l1Number === 0n ? null : atOrBelow(l1Number - 1n)
    if (last === null) return store.replaceFrom(l1Number, null)
    return store.replaceFrom(last.l1.number, { ...last, gapAfter: true })
  }

  return {
    atOrBelow,
    before,
    safeHeadAt(l1Number) {
      const entry = atOrBelow(l1Number)
      return entry?.gapAfter && entry.l1.number < l1Number ? null : entry
    },
    newestUpTo(safe) {
      const newest = atOrBelow(l1NumberMax)
      return newest !== null && newest.l2.number >= safe.number ? newest : null
    },
    record: (l1, safe) => store.replaceFrom(l1.number, { l1: idOf(l1), l2: idOf(safe), gapAfter: false }),
    async reset(safe, isRecorded = true) {
      const entry = entryOf(safe)
      if (entry === null) return endBefore(l1NumberMax)
      const { l1, l2 } = entry
      if (!isRecorded) return endBefore(l1.number)
      if (!sameBlock(l2, safe)) {
        // A sibling: these entries are not of the chain that `safe` is on.
        if (l2.number === safe.number) return endBefore(l1.number)
        // Where the entries begin, it may have been safe before them.
        if (before(entry) === null) return store.replaceFrom(l1.number, null)
      }
      return store.replaceFrom(l1.number, { l1, l2: idOf(safe), gapAfter: false })
    },
  }
}

function idOf({ hash, number }: BlockId): BlockId {
  return { hash, number }
}
