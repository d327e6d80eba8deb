import type { L1Source } from '../ports/l1-source.ts'

/**
 * An L1 that hides its newest blocks from lookups by number: derivation then reads only blocks with that many others
 * on top. Lookups by hash are not limited.
 * @param headNumber the number of the L1 head as last seen.
 */
export function withConfirmations(l1: L1Source, confirmations: bigint, headNumber: () => bigint): L1Source {
  if (confirmations === 0n) return l1
  return {
    chainId: (signal) => l1.chainId(signal),
    headerByLabel: (label, signal) => l1.headerByLabel(label, signal),
    headerByNumber: async (number, signal) =>
      number > 0n && number + confirmations > headNumber() ? null : l1.headerByNumber(number, signal),
    headerByHash: (hash, signal) => l1.headerByHash(hash, signal),
    transactionsByHash: (hash, signal) => l1.transactionsByHash(hash, signal),
    receiptsByHash: (hash, signal) => l1.receiptsByHash(hash, signal),
    storageAt: (address, slot, blockHash, signal) => l1.storageAt(address, slot, blockHash, signal),
  }
}
