import type { Address } from 'viem'
import { heapPop, heapPush } from '../../binary-heap.ts'
import { effectiveTip, type PoolTransaction } from './pool-transaction.ts'

/** A transaction with its place in the order of arrival. */
export interface QueuedTransaction {
  readonly transaction: PoolTransaction
  readonly arrival: number
}

/**
 * Yields includable transactions: of all senders' next ones that with the highest tip, among equals the oldest. A
 * sender whose next transaction cannot pay the base fee is left out with everything after it.
 *
 * `senders` holds each sender's executable transactions by rising nonce.
 */
export function* byPriceAndNonce(
  senders: ReadonlyMap<Address, readonly QueuedTransaction[]>,
  baseFee: bigint,
): Generator<PoolTransaction> {
  const heap: Cursor[] = []
  const push = (queue: readonly QueuedTransaction[], index: number) => {
    const next = queue[index]
    if (next === undefined) return
    const tip = effectiveTip(next.transaction, baseFee)
    if (tip >= 0n) heapPush(heap, { queue, index, next, tip }, before)
  }
  for (const queue of senders.values()) push(queue, 0)
  for (let best = heapPop(heap, before); best !== undefined; best = heapPop(heap, before)) {
    yield best.next.transaction
    push(best.queue, best.index + 1)
  }
}

interface Cursor {
  readonly queue: readonly QueuedTransaction[]
  readonly index: number
  readonly next: QueuedTransaction
  readonly tip: bigint
}

function before(a: Cursor, b: Cursor): boolean {
  return a.tip === b.tip ? a.next.arrival < b.next.arrival : a.tip > b.tip
}
