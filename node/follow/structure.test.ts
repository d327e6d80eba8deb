import { describe, expect, it } from 'vitest'
import { type L2BlockRef, zeroHash, zeroL1BlockRef, zeroL2BlockRef } from '../protocol/refs.ts'
import type { SyncStatus } from '../protocol/sync-status.ts'
import { followTarget, structureFault } from './structure.ts'

const l1 = (number: number) => ({
  hash: `0x${(number + 1).toString(16).padStart(64, 'a')}` as const,
  number: BigInt(number),
  parentHash: zeroHash,
  timestamp: 0n,
})
const l2 = (number: number): L2BlockRef => ({ ...l1(number), l1Origin: l1(1), sequenceNumber: 0n })
const status = (fields: Partial<SyncStatus>): SyncStatus => ({
  currentL1: l1(9),
  currentL1Finalized: l1(1),
  headL1: l1(9),
  safeL1: l1(4),
  finalizedL1: l1(1),
  unsafeL2: l2(40),
  crossUnsafeL2: l2(40),
  localSafeL2: l2(30),
  pendingSafeL2: l2(30),
  safeL2: l2(20),
  finalizedL2: l2(10),
  ...fields,
})

// follow-mode.md, step 4.
describe('structure of a source status', () => {
  it.each<[string, Partial<SyncStatus>, RegExp | null]>([
    ['all in order', {}, null],
    ['all equal', { localSafeL2: l2(10), safeL2: l2(10) }, null],
    [
      'everything at a real genesis',
      { currentL1: l1(0), localSafeL2: l2(0), safeL2: l2(0), finalizedL2: l2(0) },
      null,
    ],
    ['current_l1 zero', { currentL1: zeroL1BlockRef }, /current_l1 is not known/],
    ['finalized above safe', { finalizedL2: l2(21) }, /finalized_l2 21:.* above safe_l2 20:/],
    ['safe above local-safe', { safeL2: l2(31) }, /safe_l2 31:.* above local_safe_l2 30:/],
    [
      'one block under two numbers',
      { safeL2: { ...l2(30), number: 28n } },
      /safe_l2 28:.* and local_safe_l2 30:.* are not of one chain/,
    ],
    [
      'two blocks of one number',
      { finalizedL2: { ...l2(11), number: 20n } },
      /finalized_l2 20:.* and safe_l2 20:.* are not of one chain/,
    ],
    ['an old source without local_safe_l2', { localSafeL2: zeroL2BlockRef }, null],
    ['safe zero', { safeL2: zeroL2BlockRef }, /safe_l2 is not known/],
    ['safe and local-safe zero', { safeL2: zeroL2BlockRef, localSafeL2: zeroL2BlockRef }, /not known/],
    ['finalized zero', { finalizedL2: zeroL2BlockRef }, /finalized_l2 is not known/],
  ])('%s', (_name, fields, fault) => {
    const found = structureFault(followTarget(status(fields)))
    if (fault === null) expect(found).toBeNull()
    else expect(found).toMatch(fault)
  })

  it('takes safe_l2 for a missing local_safe_l2', () => {
    expect(followTarget(status({ localSafeL2: zeroL2BlockRef })).localSafe).toEqual(l2(20))
  })
})
