import { describe, expect, it } from 'vitest'
import { type L1BlockRef, type L2BlockRef, zeroL1BlockRef, zeroL2BlockRef } from '../../node/protocol/refs.ts'
import type { SyncStatus } from '../../node/protocol/sync-status.ts'
import { type BatcherView, decideSync } from './sync-decision.ts'

const hash = (name: string) => `0x${Buffer.from(name).toString('hex').padEnd(64, '0')}` as const
const l1 = (number: bigint): L1BlockRef => ({
  hash: hash(`l1 ${number}`),
  number,
  parentHash: hash(`l1 ${number - 1n}`),
  timestamp: number * 2n,
})
const l2 = (number: bigint, fork = 'a'): L2BlockRef => ({
  hash: hash(`l2 ${fork} ${number}`),
  number,
  parentHash: hash(`l2 ${fork} ${number - 1n}`),
  timestamp: number,
  l1Origin: l1(number / 2n),
  sequenceNumber: 0n,
})

function status(overrides: Partial<SyncStatus> = {}): SyncStatus {
  const safe = l2(10n)
  return {
    currentL1: l1(50n),
    currentL1Finalized: l1(40n),
    headL1: l1(50n),
    safeL1: l1(46n),
    finalizedL1: l1(42n),
    unsafeL2: l2(16n),
    safeL2: safe,
    finalizedL2: l2(4n),
    pendingSafeL2: safe,
    crossUnsafeL2: l2(16n),
    localSafeL2: safe,
    ...overrides,
  }
}

/** Holds blocks 11 to 14 on top of 10; 11 and 12 are in a channel. */
const view: BatcherView = {
  base: l2(10n),
  blocks: [11n, 12n, 13n, 14n].map((number) => l2(number)),
  channels: [{ last: l2(12n), place: 'pending' }],
  highestCurrentL1: 50n,
  l1Head: 50n,
}
const included = (number: bigint) => ({ channels: [{ last: l2(12n), place: l1(number) }] })

interface Row {
  readonly when: string
  readonly status?: Partial<SyncStatus>
  readonly view?: Partial<BatcherView>
  readonly expected: 'wait' | 'restart' | 'continue'
}

const rows: readonly Row[] = [
  { when: 'all fits', expected: 'continue' },
  { when: 'currentL1 is not known', status: { currentL1: zeroL1BlockRef }, expected: 'wait' },
  { when: 'the safe head is not known', status: { localSafeL2: zeroL2BlockRef }, expected: 'wait' },
  { when: 'the unsafe head is not known', status: { unsafeL2: zeroL2BlockRef }, expected: 'wait' },
  { when: 'the node reads L1 again', status: { currentL1: l1(45n) }, expected: 'wait' },
  {
    when: 'L1 itself became shorter',
    status: { currentL1: l1(45n) },
    view: { l1Head: 45n },
    expected: 'continue',
  },
  { when: 'nothing is held', view: { base: null, blocks: [], channels: [] }, expected: 'restart' },
  { when: 'the safe head went back', status: { localSafeL2: l2(9n) }, expected: 'restart' },
  { when: 'safe moved within what is held', status: { localSafeL2: l2(13n) }, expected: 'continue' },
  { when: 'all that is held became safe', status: { localSafeL2: l2(14n) }, expected: 'continue' },
  { when: 'safe is ahead', status: { localSafeL2: l2(15n) }, expected: 'restart' },
  { when: 'the base was replaced', status: { localSafeL2: l2(10n, 'b') }, expected: 'restart' },
  { when: 'another block became safe', status: { localSafeL2: l2(12n, 'b') }, expected: 'restart' },
  { when: 'unsafe went back', status: { unsafeL2: l2(13n) }, expected: 'restart' },
  { when: 'unsafe is what is held', status: { unsafeL2: l2(14n) }, expected: 'continue' },
  { when: 'unsafe changed at the same height', status: { unsafeL2: l2(14n, 'b') }, expected: 'restart' },
  { when: 'a channel is lost', view: { channels: [{ last: l2(12n), place: 'lost' }] }, expected: 'restart' },
  { when: 'a channel was included just now', view: included(50n), expected: 'continue' },
  { when: 'derivation is one block past a channel', view: included(49n), expected: 'continue' },
  { when: 'derivation is well past a channel, not safe', view: included(48n), expected: 'restart' },
  {
    when: 'derivation is well past a channel, partly safe',
    status: { localSafeL2: l2(11n) },
    view: included(48n),
    expected: 'restart',
  },
  {
    when: 'derivation is well past a channel, safe',
    status: { localSafeL2: l2(12n) },
    view: included(48n),
    expected: 'continue',
  },
]

describe('decideSync', () => {
  it.each(rows)('$expected when $when', (row) => {
    expect(decideSync(status(row.status), { ...view, ...row.view }).kind).toBe(row.expected)
  })
})
