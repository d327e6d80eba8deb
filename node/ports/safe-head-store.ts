import type { BlockId } from '../protocol/refs.ts'

/** What was safe at an L1 block: `l2` is the highest L2 block that the L1 chain up to and including `l1` gave. */
export interface SafeHeadEntry {
  readonly l1: BlockId
  readonly l2: BlockId
  /** Blocks above `l2` became safe without being recorded: nothing is known of the L1 blocks up to the next entry. */
  readonly gapAfter: boolean
}

/** One entry for each L1 block that moved the safe head, in the order of the L1 numbers. It has one writer. */
export interface SafeHeadStore {
  /** The entry with the highest L1 number that is not above that one. */
  atOrBelow(l1Number: bigint): SafeHeadEntry | null
  /** The entry with the lowest L1 number that is not below that one. */
  atOrAbove(l1Number: bigint): SafeHeadEntry | null
  /**
   * Removes every entry at or above that L1 number and adds `entry` there. What is stored outlives the process once this
   * resolves, however the process ends. One that ends before has stored nothing of it, or, when there is very much to
   * remove, removed the newest entries.
   */
  replaceFrom(l1Number: bigint, entry: SafeHeadEntry | null): Promise<void>
}
