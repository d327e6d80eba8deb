import type { SafeHeadEntry, SafeHeadStore } from '../ports/safe-head-store.ts'

/**
 * What a node without a database remembers until it ends.
 * @param entriesMax the oldest entries are forgotten beyond it; the default covers over a day of 12 s L1 blocks.
 */
export function createMemorySafeHeadStore(entriesMax = 8192): SafeHeadStore {
  let entries: SafeHeadEntry[] = []
  return {
    atOrBelow: (l1Number) => entries.findLast(({ l1 }) => l1.number <= l1Number) ?? null,
    atOrAbove: (l1Number) => entries.find(({ l1 }) => l1.number >= l1Number) ?? null,
    async replaceFrom(l1Number, entry) {
      while (entries.length > 0 && entries.at(-1)!.l1.number >= l1Number) entries.pop()
      if (entry !== null) entries.push(entry)
      // Trimmed in halves so that the cost per entry stays constant.
      if (entries.length > entriesMax) entries = entries.slice(-Math.ceil(entriesMax / 2))
    },
  }
}
