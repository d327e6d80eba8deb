import type { L1Header, L1Source, SharedL1 } from '../ports/l1-source.ts'
import type { ChainTracker } from './chain-tracker.ts'
import { blockInView } from './l1-chain-view.ts'

/** How far below the view a block may be for the view to grow down to it, block by block. */
export const reachDownBlocks = 32n

/** {@link createOwnL1} for every priority; as it is, for heads and canonicality. All answer from the one view. */
export function shareOwnL1(
  l1: SharedL1,
  tracker: Pick<ChainTracker, 'view' | 'extendDown'>,
  peek: () => Promise<void>,
): SharedL1 {
  const withPriority: SharedL1['withPriority'] = (priority) =>
    createOwnL1(l1.withPriority(priority), tracker, peek)
  return { ...withPriority('heads'), withPriority }
}

/**
 * Own L1 as the node believes in it: `headerByNumber` answers from the one view, so that everybody who compares
 * number → hash gets the same, confirmed answer, mostly without a call. Above the view L1 is asked for its head first; far
 * below it, where the view does not reach, L1 answers itself. Everything else goes to L1.
 * @param peek looks at L1's head once more.
 */
export function createOwnL1(
  l1: L1Source,
  tracker: Pick<ChainTracker, 'view' | 'extendDown'>,
  peek: () => Promise<void>,
): L1Source {
  async function headerByNumber(number: bigint, signal?: AbortSignal): Promise<L1Header | null> {
    if (blockInView(tracker.view, number) === 'above') await peek()
    for (;;) {
      const found = blockInView(tracker.view, number)
      if (found === 'above') return null
      if (found !== 'below') return found
      const base = tracker.view[0] as L1Header
      if (base.number - number > reachDownBlocks || !(await tracker.extendDown(signal)))
        return l1.headerByNumber(number, signal)
    }
  }
  return {
    chainId: (signal) => l1.chainId(signal),
    headerByLabel: (label, signal) => l1.headerByLabel(label, signal),
    headerByNumber,
    headerByHash: (hash, signal) => l1.headerByHash(hash, signal),
    transactionsByHash: (hash, signal) => l1.transactionsByHash(hash, signal),
    receiptsByHash: (hash, signal) => l1.receiptsByHash(hash, signal),
    storageAt: (address, slot, blockHash, signal) => l1.storageAt(address, slot, blockHash, signal),
  }
}
