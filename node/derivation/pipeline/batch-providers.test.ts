import { beforeEach, describe, expect, it } from 'vitest'
import type { Batch, SingularBatch, SpanBatch } from '../../protocol/batch.ts'
import type { L1BlockRef, L2BlockRef } from '../../protocol/refs.ts'
import type { BatchProvider, BatchVerdict } from './batch-provider.ts'
import { createBatchQueue } from './batch-queue.ts'
import { createBatchStage } from './batch-stage.ts'
import { createL1Window, type L1Window } from './l1-window.ts'
import { createFakeL2 } from './testing/fake-l2.ts'
import { testHash, testRollupConfig } from './testing/test-config.ts'

const hash = (kind: 'a' | 'b', number: bigint) => testHash(`${kind}${number.toString(16)}`)
/** L1 block n has time 1000 + 4n. */
const l1 = (number: bigint): L1BlockRef => ({
  hash: hash('a', number),
  number,
  parentHash: hash('a', number - 1n),
  timestamp: 1000n + 4n * number,
})
/** L2 block n has time 1000 + n; four of them have the same origin. */
const l2 = (number: bigint): L2BlockRef => ({
  hash: hash('b', number),
  number,
  parentHash: hash('b', number - 1n),
  timestamp: 1000n + number,
  l1Origin: l1(number / 4n),
  sequenceNumber: number % 4n,
})
const singular = (number: bigint, overrides: Partial<SingularBatch> = {}): SingularBatch => ({
  kind: 'singular',
  parentHash: hash('b', number - 1n),
  epochNum: number / 4n,
  epochHash: hash('a', number / 4n),
  timestamp: 1000n + number,
  transactions: [],
  ...overrides,
})
function span(first: bigint, last: bigint, overrides: Partial<SpanBatch> = {}): SpanBatch {
  const numbers = Array.from({ length: Number(last - first) + 1 }, (_, index) => first + BigInt(index))
  return {
    kind: 'span',
    parentCheck: `0x${hash('b', first - 1n).slice(2, 42)}`,
    l1OriginCheck: `0x${hash('a', last / 4n).slice(2, 42)}`,
    blocks: numbers.map((number) => singular(number)),
    ...overrides,
  }
}

let window: L1Window
let judged: string[]
let provider: BatchProvider
const observe = (batch: Batch, validity: { readonly kind: string; readonly reason?: string }) =>
  judged.push(`${batch.kind} ${validity.reason ?? validity.kind}`)

/** Asks for the batch on top of the block with that number; no test here needs a block of the engine. */
function next(
  safeHead: bigint | L2BlockRef,
  origin: bigint,
  exhausted = false,
  judgedUpTo = 0n,
): BatchVerdict {
  const head = typeof safeHead === 'bigint' ? l2(safeHead) : safeHead
  const step = provider.next({ safeHead: head, origin: l1(origin), judgedUpTo, exhausted }).next()
  if (!step.done) throw new Error(`expected no read, found one of block ${step.value}`)
  return step.value
}
const batchOf = (number: bigint, isLastInSpan = true) =>
  expect.objectContaining({
    kind: 'batch',
    batch: expect.objectContaining({ timestamp: 1000n + number, parentHash: hash('b', number - 1n) }),
    isLastInSpan,
  })
const more = { kind: 'more' }

/** Enters the L1 blocks up to `origin` as traversal would. */
function enter(from: bigint, origin: bigint, safeHead: L2BlockRef): void {
  for (let number = from; number <= origin; number++) window.update(l1(number), safeHead)
}

beforeEach(() => {
  judged = []
  window = createL1Window()
  window.reset(l1(0n))
})

describe('createBatchStage', () => {
  beforeEach(() => {
    provider = createBatchStage(testRollupConfig('holocene'), window, observe)
    enter(1n, 3n, l2(4n))
  })

  it('accepts batches one after the other', () => {
    provider.add(singular(5n), l1(3n))
    expect(next(4n, 3n)).toEqual(batchOf(5n))
    expect(next(5n, 3n)).toEqual(more)
    provider.add(singular(6n), l1(3n))
    expect(next(5n, 3n)).toEqual(batchOf(6n))
  })

  it('takes a span batch block by block; each is safe by itself', () => {
    provider.add(span(5n, 9n), l1(3n))
    for (const number of [5n, 6n, 7n, 8n, 9n]) expect(next(number - 1n, 3n)).toEqual(batchOf(number))
    expect(next(9n, 3n)).toEqual(more)
    expect(judged[0]).toBe('span accept')
  })

  it('passes over what is past', () => {
    provider.add(singular(4n), l1(3n))
    expect(next(4n, 3n)).toEqual(more)
    provider.add(span(2n, 4n), l1(3n))
    expect(next(4n, 3n)).toEqual(more)
    expect(judged).toEqual(['singular past', 'span past'])
  })

  it('invalidates the channel of a batch that it drops', () => {
    provider.add(singular(6n), l1(3n))
    expect(next(4n, 3n)).toEqual({ kind: 'flush' })
    provider.add(span(6n, 7n), l1(3n))
    expect(next(4n, 3n)).toEqual({ kind: 'flush' })
    expect(judged).toEqual(['singular FutureTimestampHolocene', 'span FutureTimestampHolocene'])
  })

  it('invalidates the rest of a span batch with its first bad block', () => {
    const good = span(5n, 7n)
    const blocks = [singular(5n), singular(6n, { transactions: ['0x'] }), singular(7n)]
    provider.add({ ...good, blocks }, l1(3n))
    expect(next(4n, 3n)).toEqual(batchOf(5n))
    expect(next(5n, 3n)).toEqual({ kind: 'flush' })
    provider.flush()
    expect(next(5n, 3n)).toEqual(more)
  })

  // holocene/derivation.md, "Engine Queue": what follows a payload that its deposits replaced.
  it('drops the rest of a span batch when it is flushed', () => {
    provider.add(span(5n, 7n), l1(3n))
    expect(next(4n, 3n)).toEqual(batchOf(5n))
    provider.flush()
    expect(next(5n, 3n)).toEqual(more)
  })

  it('invalidates a span batch whose first new block has an origin before the safe head', () => {
    const safeHead = { ...l2(2n), l1Origin: l1(1n) }
    const epochs = [0n, 0n, 0n, 1n]
    const blocks = epochs.map((epochNum, index) => singular(BigInt(index + 1), { epochNum }))
    provider.add({ ...span(1n, 4n), blocks }, l1(3n))
    const reads = provider.next({ safeHead, origin: l1(3n), judgedUpTo: 0n, exhausted: false })
    expect(reads.next()).toEqual({ done: false, value: 0n })
    expect(reads.next(createFakeL2(testRollupConfig()).at(0n)).value).toEqual({ kind: 'flush' })
    expect(judged).toEqual(['span accept', 'singular EpochTooOld'])
  })

  it('passes over a span batch whose last origin is not known, and keeps its channel', () => {
    provider.add({ ...span(5n, 6n), blocks: [singular(5n), singular(6n, { epochNum: 9n })] }, l1(3n))
    expect(next(4n, 3n)).toEqual(more)
    expect(judged).toEqual(['span undecided'])
  })

  it('drops the rest of a span batch when the safe head is not what it built', () => {
    provider.add(span(5n, 9n), l1(3n))
    expect(next(4n, 3n)).toEqual(batchOf(5n))
    expect(next(8n, 3n)).toEqual(more)
    expect(next(5n, 3n)).toEqual(more)
  })

  it('reads past L1 blocks up to the origin of the safe head', () => {
    provider.add(singular(13n), l1(3n))
    expect(next(12n, 3n)).toEqual({ kind: 'skip' })
    expect(next(12n, 4n)).toEqual(more)
    expect(judged).toEqual([])
  })

  it('passes over what L1 blocks say that were judged before a reset, and goes on at the end of the last of them', () => {
    provider.add(singular(5n), l1(2n))
    expect(next(4n, 2n, true, 3n)).toEqual({ kind: 'skip' })
    provider.add(singular(5n), l1(3n))
    expect(next(4n, 3n, false, 3n)).toEqual({ kind: 'skip' })
    expect(next(4n, 3n, true, 3n)).toEqual(more)
    enter(4n, 4n, l2(4n))
    expect(next(4n, 4n, false, 3n)).toEqual(more)
    provider.add(singular(5n), l1(4n))
    expect(next(4n, 4n, false, 3n)).toEqual(batchOf(5n))
  })

  it('asks for a reset when its L1 blocks do not fit the safe head', () => {
    const mismatch = { kind: 'reset', reason: 'l1-origin-mismatch' }
    expect(next({ ...l2(4n), l1Origin: { number: 1n, hash: testHash('ee') } }, 3n)).toEqual(mismatch)
    window.reset(l1(3n))
    expect(next(4n, 3n)).toEqual(mismatch)
  })

  it('makes empty blocks only when the window has passed and the L1 block is read to its end', () => {
    enter(4n, 12n, l2(8n))
    provider.add(singular(9n), l1(12n))
    expect(next(8n, 12n, true)).toEqual(batchOf(9n))
    expect(next(9n, 12n, false)).toEqual(more)
    const empty = next(9n, 12n, true)
    expect(empty).toMatchObject({ kind: 'batch', batch: { epochNum: 2n, transactions: [] } })
    expect(next(9n, 11n, true)).toEqual(more)
  })

  it('goes on to the next epoch when time allows, and gives it a block even if time does not', () => {
    enter(4n, 12n, l2(11n))
    // Block 12 would have the time of epoch 3, so epoch 2 has all its blocks.
    expect(next(11n, 12n, true)).toEqual(more)
    expect(window.blocks[0]?.number).toBe(3n)
    // The window of epoch 3 ends with L1 block 13.
    expect(next(11n, 12n, true)).toEqual(more)
    expect(next(11n, 13n, true)).toMatchObject({ batch: { epochNum: 3n, timestamp: 1012n } })
    // Far behind L1 time too, the first block of an epoch is of that epoch.
    const late = { ...l2(11n), timestamp: 1050n }
    expect(next(late, 13n, true)).toMatchObject({ batch: { epochNum: 3n, timestamp: 1051n } })
  })
})

describe('createBatchQueue', () => {
  beforeEach(() => {
    provider = createBatchQueue(testRollupConfig('granite'), window, observe)
    enter(1n, 3n, l2(4n))
  })

  it('judges a batch that is too early once for each safe head', () => {
    let looks = 0
    const early = singular(7n)
    provider.add(
      {
        ...early,
        get timestamp() {
          looks += 1
          return early.timestamp
        },
      },
      l1(3n),
    )
    expect(next(4n, 3n)).toEqual(more)
    const once = looks
    for (let again = 0; again < 9; again++) expect(next(4n, 3n)).toEqual(more)
    expect([once > 0, looks]).toEqual([true, once])
    provider.add(singular(5n), l1(3n))
    expect(next(4n, 3n)).toEqual(batchOf(5n))
    expect(next(5n, 3n)).toEqual(more)
    expect(next(6n, 3n)).toEqual(batchOf(7n))
  })

  it('accepts batches in the order of their times, whatever order they came in', () => {
    for (const number of [7n, 5n, 6n]) provider.add(singular(number), l1(3n))
    for (const number of [5n, 6n, 7n]) expect(next(number - 1n, 3n)).toEqual(batchOf(number))
    expect(next(7n, 3n)).toEqual(more)
  })

  it('prefers the batch that was included first', () => {
    provider.add(singular(5n, { transactions: ['0xf8'] }), l1(3n))
    provider.add(singular(5n), l1(3n))
    expect(next(4n, 3n)).toMatchObject({ batch: { transactions: ['0xf8'] } })
    expect(next(4n, 3n)).toMatchObject({ batch: { transactions: [] } })
  })

  it('keeps a batch that it cannot judge yet, and those after it', () => {
    // Epoch 4 is not known in L1 block 3.
    const head = { ...l2(15n), timestamp: 1020n }
    enter(4n, 3n, head)
    provider.add(singular(16n, { timestamp: 1021n }), l1(3n))
    provider.add(singular(17n, { timestamp: 1022n, parentHash: hash('b', 16n) }), l1(3n))
    expect(next(head, 3n)).toEqual(more)
    expect(next(head, 3n, true)).toEqual(more)
    expect(next(head, 4n)).toMatchObject({ kind: 'batch', batch: { epochNum: 4n } })
    expect(next({ ...l2(16n), timestamp: 1021n }, 4n)).toMatchObject({ batch: { timestamp: 1022n } })
    expect(judged.filter((line) => line.endsWith('undecided'))).toHaveLength(2)
  })

  it('does not put an empty block where a batch is still undecided', () => {
    const head = { ...l2(15n), timestamp: 1020n }
    const config = { ...testRollupConfig('granite'), seqWindowSize: 0n }
    provider = createBatchQueue(config, window, observe)
    window.reset(l1(3n))
    window.update(l1(4n), head)
    provider.add(
      span(16n, 17n, {
        parentCheck: `0x${hash('b', 15n).slice(2, 42)}`,
        blocks: [singular(16n, { timestamp: 1021n }), singular(17n, { timestamp: 1022n, epochNum: 5n })],
      }),
      l1(4n),
    )
    expect(next(head, 4n, true)).toEqual(more)
    expect(judged).toEqual(['span undecided'])
  })

  it('lets go of a batch for later whose epoch the safe head has left', () => {
    provider.add(singular(9n, { epochNum: 1n }), l1(3n))
    expect(next(4n, 3n)).toEqual(more)
    expect(next(8n, 3n)).toEqual(more)
    expect(judged).toEqual(['singular EpochTooOld'])
    judged = []
    provider.add(singular(11n, { epochNum: 1n }), l1(3n))
    expect(next(8n, 3n)).toEqual(more)
    expect(next(10n, 3n)).toEqual(more)
    expect(judged).toEqual([])
  })

  it('takes a span batch as a whole: its last block ends what is applied together', () => {
    provider.add(span(5n, 7n), l1(3n))
    expect(next(4n, 3n)).toEqual(batchOf(5n, false))
    expect(next(5n, 3n)).toEqual(batchOf(6n, false))
    expect(next(6n, 3n)).toEqual(batchOf(7n, true))
    expect(next(7n, 3n)).toEqual(more)
  })

  it('goes back to other batches when the engine refused a block of a span', () => {
    provider.add(span(5n, 9n), l1(3n))
    provider.add(singular(5n), l1(3n))
    expect(next(4n, 3n)).toEqual(batchOf(5n, false))
    for (const number of [6n, 7n, 8n]) expect(next(number - 1n, 3n)).toEqual(batchOf(number, false))
    // Block 8 opened epoch 2 and was refused: the span is off, and epoch 1 must still be known.
    expect(next(4n, 3n)).toEqual(batchOf(5n, true))
  })

  it('takes nothing from L1 blocks before the origin of the safe head', () => {
    provider.add(singular(17n), l1(3n))
    expect(next(16n, 3n)).toEqual({ kind: 'skip' })
    enter(4n, 4n, l2(16n))
    expect(next(16n, 4n)).toEqual(more)
    expect(judged).toEqual([])
  })

  it('makes empty blocks when the window has passed', () => {
    enter(4n, 12n, l2(8n))
    expect(next(8n, 11n, true)).toEqual(more)
    expect(next(8n, 12n, true)).toMatchObject({ kind: 'batch', batch: { epochNum: 2n, transactions: [] } })
  })
})
