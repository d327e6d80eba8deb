import type { SharedL1 } from '../../node/ports/l1-source.ts'
import { zeroHash } from '../../node/protocol/refs.ts'
import type { History } from './history.ts'
import type { BenchL1Block } from './l1-block.ts'

/** An L1 in memory that makes its blocks when it is told to, and forgets the old ones. */
export interface StreamedL1 extends SharedL1 {
  /** Extends the chain to that number, for readers all at once; its newest 64 blocks are not final. */
  make(head: number): Promise<void>
  /** @throws Error when it was forgotten, or is yet to be made. */
  block(number: bigint): BenchL1Block
}

const finalityDistance = 64n

/** @param blocksKept the newest that can be read. */
export function createStreamedL1(history: History, blocksKept: number): StreamedL1 {
  const byNumber = new Map<bigint, BenchL1Block>([[0n, history.genesis]])
  const byHash = new Map([[history.genesis.header.hash, history.genesis]])
  let newest = history.genesis
  const l1: StreamedL1 = {
    withPriority: () => l1,
    async make(head) {
      // A node that reads while blocks are still being made would do so outside of what is timed.
      const made: BenchL1Block[] = []
      while (Number(newest.header.number) + made.length < head) made.push(await history.next())
      for (const block of made) {
        newest = block
        byNumber.set(newest.header.number, newest)
        byHash.set(newest.header.hash, newest)
        const old = byNumber.get(newest.header.number - BigInt(blocksKept))
        if (old === undefined || old === history.genesis) continue
        byNumber.delete(old.header.number)
        byHash.delete(old.header.hash)
      }
    },
    block(number) {
      const found = byNumber.get(number)
      if (found === undefined) throw new Error(`L1 block ${number} is not kept`)
      return found
    },
    chainId: async () => history.config.l1ChainId,
    headerByLabel: async (label) => {
      const { number } = newest.header
      const final = number > finalityDistance ? number - finalityDistance : 0n
      return byNumber.get(label === 'latest' ? number : final)?.header ?? null
    },
    headerByNumber: async (number) => byNumber.get(number)?.header ?? null,
    headerByHash: async (hash) => byHash.get(hash)?.header ?? null,
    transactionsByHash: async (hash) => byHash.get(hash)?.transactions ?? null,
    receiptsByHash: async (hash) => byHash.get(hash)?.receipts ?? null,
    storageAt: async () => zeroHash,
  }
  return l1
}
