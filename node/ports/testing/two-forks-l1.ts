import type { SharedL1 } from '../l1-source.ts'
import { createFakeL1, type FakeL1, type FakeL1Options } from './fake-l1.ts'

/** An L1 endpoint over two nodes that are on different forks, as a load balancer is during a network split. */
export interface TwoForksL1 {
  /** The first node. What is mined on it, and its labels, the second node gets too, in blocks of its own fork. */
  readonly first: FakeL1
  readonly second: FakeL1
  /** From that block on the second node is on another fork, as long as the first one's. A split chain finalizes nothing. */
  split(from: bigint): void
  /** Which node answers the next call. Default: always the first. */
  route: () => 'first' | 'second'
  /** The endpoint. A node knows nothing of the other's fork, not even by hash. */
  readonly source: SharedL1
}

export function createTwoForksL1(options: FakeL1Options = {}): TwoForksL1 {
  const first = createFakeL1(options)
  const second = createFakeL1(options)
  const { mine, setLabel } = first
  first.mine = (count, body) => {
    second.mine(count, body)
    return mine(count, body)
  }
  let isSplit = false
  first.setLabel = (label, number) => {
    if (isSplit) return
    second.setLabel(label, number)
    setLabel(label, number)
  }
  const routed = (): FakeL1 => (forks.route() === 'first' ? first : second)
  const forks: TwoForksL1 = {
    first,
    second,
    split(from) {
      isSplit = true
      second.reorg(from, Number(first.head.number - from) + 1)
    },
    route: () => 'first',
    source: {
      chainId: (signal) => routed().chainId(signal),
      headerByLabel: (label, signal) => routed().headerByLabel(label, signal),
      headerByNumber: (number, signal) => routed().headerByNumber(number, signal),
      headerByHash: (hash, signal) => routed().headerByHash(hash, signal),
      transactionsByHash: (hash, signal) => routed().transactionsByHash(hash, signal),
      receiptsByHash: (hash, signal) => routed().receiptsByHash(hash, signal),
      storageAt: (address, slot, blockHash, signal) => routed().storageAt(address, slot, blockHash, signal),
      withPriority: () => forks.source,
    },
  }
  return forks
}
