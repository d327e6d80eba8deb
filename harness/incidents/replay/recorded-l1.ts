import type { L1Header, L1Label, SharedL1 } from '../../../node/ports/l1-source.ts'
import { zeroHash } from '../../../node/protocol/refs.ts'

/** L1 as a recording has it: headers with their forks. Blocks are empty, and storage is zero. */
export interface RecordedL1 extends SharedL1 {
  /** A new head: it replaces what was at its height and above. */
  add(header: L1Header): void
  /** The node sees nothing above that number; null: everything. */
  show(number: bigint | null): void
  label(numbers: { readonly safe: number; readonly finalized: number }): void
}

export function createRecordedL1(chainId: bigint): RecordedL1 {
  const canonical = new Map<bigint, L1Header>()
  const seen = new Map<string, L1Header>()
  const labels = { safe: 0n, finalized: 0n }
  let top = -1n
  let shown: bigint | null = null

  const head = () => (shown === null || shown > top ? top : shown)
  const at = (number: bigint) => (number > head() ? null : (canonical.get(number) ?? null))
  const numberOf = (label: L1Label) =>
    label === 'latest' ? head() : labels[label] < head() ? labels[label] : head()

  const l1: RecordedL1 = {
    add(header) {
      // Not height by height: a recording may leap by as many as it likes.
      if (header.number <= top)
        for (const number of canonical.keys()) if (number >= header.number) canonical.delete(number)
      canonical.set(header.number, header)
      seen.set(header.hash, header)
      top = header.number
    },
    show(number) {
      shown = number
    },
    label({ safe, finalized }) {
      labels.safe = BigInt(safe)
      labels.finalized = BigInt(finalized)
    },
    withPriority: () => l1,
    chainId: async () => chainId,
    headerByLabel: async (label) => at(numberOf(label)),
    headerByNumber: async (number) => at(number),
    headerByHash: async (hash) => {
      const header = seen.get(hash)
      return header === undefined || (header.number > head() && canonical.get(header.number) === header)
        ? null
        : header
    },
    transactionsByHash: async (hash) => (seen.has(hash) ? [] : null),
    receiptsByHash: async (hash) => (seen.has(hash) ? [] : null),
    storageAt: async () => zeroHash,
  }
  return l1
}
