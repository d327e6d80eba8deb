import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonFormatError } from './json-schema.ts'
import { zeroL2BlockRef } from './refs.ts'
import { syncStatusFromJson, syncStatusToJson } from './sync-status-json.ts'
import { l1BlockRef, l2BlockRef } from './testing/arbitraries.ts'

const arbitrary = fc.record({
  currentL1: l1BlockRef,
  currentL1Finalized: l1BlockRef,
  headL1: l1BlockRef,
  safeL1: l1BlockRef,
  finalizedL1: l1BlockRef,
  unsafeL2: l2BlockRef,
  safeL2: l2BlockRef,
  finalizedL2: l2BlockRef,
  pendingSafeL2: l2BlockRef,
  crossUnsafeL2: l2BlockRef,
  localSafeL2: l2BlockRef,
})

describe('sync status', () => {
  it('reads what is written', () => {
    fc.assert(
      fc.property(arbitrary, (status) => {
        expect(syncStatusFromJson(JSON.parse(JSON.stringify(syncStatusToJson(status))))).toEqual(status)
      }),
    )
  })

  const [status] = fc.sample(arbitrary, { numRuns: 1, seed: 1 })
  const json = syncStatusToJson(status!)

  it("has op-node's names and plain numbers", () => {
    expect(
      syncStatusToJson({ ...status!, unsafeL2: { ...zeroL2BlockRef, number: 5n } })['unsafe_l2'],
    ).toEqual({
      hash: zeroL2BlockRef.hash,
      number: 5,
      parentHash: zeroL2BlockRef.hash,
      timestamp: 0,
      l1origin: { hash: zeroL2BlockRef.hash, number: 0 },
      sequenceNumber: 0,
    })
  })

  it('reads sources that lack the newer references', () => {
    const {
      local_safe_l2: _a,
      cross_unsafe_l2: _b,
      pending_safe_l2: _c,
      current_l1_finalized: _d,
      ...old
    } = json
    expect(syncStatusFromJson(old)).toMatchObject({
      localSafeL2: status!.safeL2,
      crossUnsafeL2: status!.unsafeL2,
      pendingSafeL2: zeroL2BlockRef,
      currentL1Finalized: status!.finalizedL1,
    })
  })

  it.each([
    ['no object', 'SYNCING', '(root)'],
    ['a missing reference', { ...json, safe_l2: undefined }, 'safe_l2'],
    [
      'a hex number',
      { ...json, head_l1: { ...(json['head_l1'] as object), number: '0x1' } },
      'head_l1.number',
    ],
    [
      'a number above 2^53',
      { ...json, head_l1: { ...(json['head_l1'] as object), number: 2 ** 60 } },
      'head_l1.number',
    ],
    [
      'a negative number',
      { ...json, head_l1: { ...(json['head_l1'] as object), number: -1 } },
      'head_l1.number',
    ],
    [
      'a short hash',
      { ...json, current_l1: { ...(json['current_l1'] as object), hash: '0x12' } },
      'current_l1.hash',
    ],
    ['an L2 reference without origin', { ...json, unsafe_l2: json['head_l1'] }, 'unsafe_l2.l1origin'],
  ])('refuses %s', (_name, bad, field) => {
    expect(() => syncStatusFromJson(bad)).toThrow(JsonFormatError)
    expect(() => syncStatusFromJson(bad)).toThrow(field)
  })
})
