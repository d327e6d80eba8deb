import type { Hash } from 'viem'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import type { BlockId } from '../protocol/refs.ts'

/** Stated limits of the queue. */
export interface UnsafePayloadQueueLimits {
  readonly payloadsMax: number
  readonly bytesMax: number
}

/** op-node keeps up to 500 MB of unsafe payloads; a count keeps tiny ones from being many. */
export const defaultUnsafePayloadQueueLimits: UnsafePayloadQueueLimits = {
  payloadsMax: 16_384,
  bytesMax: 500 * 1024 * 1024,
}

/** What became of a payload that was offered. */
export type UnsafePayloadVerdict = 'queued' | 'duplicate' | 'stale' | 'full'

/**
 * Unsafe payloads that wait for their parent, in any order of arrival. A payload leaves the queue when it is applied or
 * when safe has passed it.
 *
 * Payloads at or below the unsafe head but above safe stay: after a reorg of the unsafe chain they may be the new one.
 * They are the first to go when the queue is full; then the highest go, because the lowest are needed first. So what is
 * needed next is never given up for something else. (op-node gives up the lowest, and fetches them from peers again.)
 */
export interface UnsafePayloadQueue {
  readonly length: number
  readonly bytes: number
  /** Nothing at or below the safe head is kept. */
  add(
    envelope: PayloadEnvelope,
    heads: { readonly safe: BlockId; readonly unsafe: BlockId },
  ): { verdict: UnsafePayloadVerdict; evicted: number }
  /** The payload to apply on `head`; of several, the one that came last (a sequencer replaces its block). */
  childOf(head: BlockId): PayloadEnvelope | undefined
  /** The lowest payload that lies beyond a gap above `head`. */
  firstBeyond(head: BlockId): PayloadEnvelope | undefined
  /** The payload with the highest number; of several, the one that came last. */
  highest(): PayloadEnvelope | undefined
  remove(hash: Hash): void
  /** Removes every queued descendant of `hash`; answers how many. */
  removeDescendants(hash: Hash): number
  /** Drops what lies at or below `safe`; answers how many. */
  dropStale(safe: BlockId): number
}

interface Entry {
  readonly envelope: PayloadEnvelope
  readonly bytes: number
}

export function createUnsafePayloadQueue(
  limits: UnsafePayloadQueueLimits = defaultUnsafePayloadQueueLimits,
): UnsafePayloadQueue {
  const byHash = new Map<Hash, Entry>()
  const byParent = new Map<Hash, Entry[]>()
  /** Block numbers with at least one payload, ascending, with how many. */
  const heights: { number: bigint; entries: Entry[] }[] = []
  let bytes = 0

  /** Index of the first height at or above `number`. */
  const heightIndex = (number: bigint) => {
    let low = 0
    let high = heights.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (heights[middle]!.number < number) low = middle + 1
      else high = middle
    }
    return low
  }

  const insert = (entry: Entry) => {
    const { blockHash, parentHash, blockNumber } = entry.envelope.payload
    byHash.set(blockHash, entry)
    const siblings = byParent.get(parentHash)
    if (siblings === undefined) byParent.set(parentHash, [entry])
    else siblings.push(entry)
    const index = heightIndex(blockNumber)
    if (heights[index]?.number === blockNumber) heights[index]!.entries.push(entry)
    else heights.splice(index, 0, { number: blockNumber, entries: [entry] })
    bytes += entry.bytes
  }

  const remove = (hash: Hash) => {
    const entry = byHash.get(hash)
    if (entry === undefined) return
    const { parentHash, blockNumber } = entry.envelope.payload
    byHash.delete(hash)
    const siblings = byParent.get(parentHash)!.filter((other) => other !== entry)
    if (siblings.length === 0) byParent.delete(parentHash)
    else byParent.set(parentHash, siblings)
    const index = heightIndex(blockNumber)
    const height = heights[index]!
    height.entries = height.entries.filter((other) => other !== entry)
    if (height.entries.length === 0) heights.splice(index, 1)
    bytes -= entry.bytes
  }

  const isOver = () => byHash.size > limits.payloadsMax || bytes > limits.bytesMax

  return {
    get length() {
      return byHash.size
    },
    get bytes() {
      return bytes
    },
    add(envelope, { safe, unsafe }) {
      const { blockHash, blockNumber } = envelope.payload
      if (blockNumber <= safe.number) return { verdict: 'stale', evicted: 0 }
      if (byHash.has(blockHash)) return { verdict: 'duplicate', evicted: 0 }
      insert({ envelope, bytes: payloadBytes(envelope) })
      let evicted = 0
      while (isOver()) {
        const height = heights[0]!.number <= unsafe.number ? heights[0]! : heights.at(-1)!
        const isNext = ({ envelope: { payload } }: Entry) => payload.parentHash === unsafe.hash
        const victim = height.entries.findLast((entry) => !isNext(entry)) ?? height.entries[0]!
        remove(victim.envelope.payload.blockHash)
        if (victim.envelope === envelope) return { verdict: 'full', evicted }
        evicted++
      }
      return { verdict: 'queued', evicted }
    },
    childOf: (head) => byParent.get(head.hash)?.at(-1)?.envelope,
    highest: () => heights.at(-1)?.entries.at(-1)?.envelope,
    firstBeyond: (head) => heights[heightIndex(head.number + 2n)]?.entries.at(-1)?.envelope,
    remove,
    removeDescendants(hash) {
      let removed = 0
      const pending = [hash]
      for (let parent = pending.pop(); parent !== undefined; parent = pending.pop())
        for (const child of byParent.get(parent) ?? []) {
          pending.push(child.envelope.payload.blockHash)
          remove(child.envelope.payload.blockHash)
          removed++
        }
      return removed
    },
    dropStale(safe) {
      let dropped = 0
      for (let lowest = heights[0]; lowest !== undefined && lowest.number <= safe.number; lowest = heights[0])
        for (const entry of lowest.entries) {
          remove(entry.envelope.payload.blockHash)
          dropped++
        }
      return dropped
    },
  }
}

/** Memory that a payload costs: its transactions as hex text (op-node's rule counts bytes), and the fixed fields. */
function payloadBytes({ payload }: PayloadEnvelope): number {
  return payload.transactions.reduce((sum, transaction) => sum + transaction.length + 24, 1000)
}
