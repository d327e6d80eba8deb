import type { Address } from 'viem'
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
    if (tip >= 0n) insert(heap, { queue, index, next, tip })
  }
  for (const queue of senders.values()) push(queue, 0)
  for (let best = removeFirst(heap); best !== undefined; best = removeFirst(heap)) {
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

/** Binary heap, the first cursor on top. */
function insert(heap: Cursor[], cursor: Cursor): void {
  let index = heap.length
  heap.push(cursor)
  while (index > 0) {
    const parent = (index - 1) >> 1
    if (!before(cursor, heap[parent] as Cursor)) break
    heap[index] = heap[parent] as Cursor
    index = parent
  }
  heap[index] = cursor
}

function removeFirst(heap: Cursor[]): Cursor | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (first === undefined || last === undefined || heap.length === 0) return first
  let index = 0
  for (;;) {
    let child = 2 * index + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1] as Cursor, heap[child] as Cursor)) child++
    if (!before(heap[child] as Cursor, last)) break
    heap[index] = heap[child] as Cursor
    index = child
  }
  heap[index] = last
  return first
}
