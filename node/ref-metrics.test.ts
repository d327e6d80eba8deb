import { describe, expect, it } from 'vitest'
import type { EngineState } from './engine/engine-client.ts'
import { createCountingMetrics } from './ports/testing/counting-metrics.ts'
import { createFakeClock } from './ports/testing/fake-clock.ts'
import { type L2BlockRef, zeroL1BlockRef, zeroL2BlockRef } from './protocol/refs.ts'
import { createRefRecorder } from './ref-metrics.ts'

const block: L2BlockRef = {
  hash: `0x0100000000000000${'ff'.repeat(24)}`,
  number: 9n,
  parentHash: `0x${'02'.repeat(32)}`,
  timestamp: 995n,
  l1Origin: { hash: `0x0002${'00'.repeat(30)}`, number: 5n },
  sequenceNumber: 4n,
}
const zeroState: EngineState = {
  initialized: true,
  initialElSync: 'finished',
  syncTarget: null,
  elSyncing: true,
  holding: false,
  finalizedConflict: null,
  unsafe: zeroL2BlockRef,
  pendingSafe: zeroL2BlockRef,
  localSafe: zeroL2BlockRef,
  safe: zeroL2BlockRef,
  finalized: zeroL2BlockRef,
}

function setUp() {
  const clock = createFakeClock(1_000_000)
  const counting = createCountingMetrics()
  return { clock, refs: createRefRecorder(counting.metrics, clock), value: counting.value }
}

// op-service/metrics/ref_metrics.go: RecordL1Ref and RecordL2Ref.
describe('reference metrics', () => {
  it('publish number, time, latency, hash, origin and sequence number of an L2 head', () => {
    const { refs, value } = setUp()
    refs.l2({ ...zeroState, unsafe: block })
    const l2 = { layer: 'l2', type: 'l2_unsafe' }
    expect(value('refs_number', l2)).toBe(9)
    expect(value('refs_time', l2)).toBe(995)
    expect(value('refs_latency', l2)).toBe(-5)
    expect(value('refs_hash', l2)).toBe(1)
    expect(value('refs_seqnr', { type: 'l2_unsafe' })).toBe(4)
    const origin = { layer: 'l1_origin', type: 'l2_unsafe' }
    expect(value('refs_number', origin)).toBe(5)
    expect(value('refs_hash', origin)).toBe(512)
    expect(value('engine_el_syncing')).toBe(1)
  })

  it('measure latency when a block is first seen, not again', () => {
    const { refs, value, clock } = setUp()
    const l1 = { ...zeroL1BlockRef, hash: block.hash, number: 8n, timestamp: 999n }
    refs.l1('l1_head', l1)
    void clock.advance(5_000)
    refs.l1('l1_head', l1)
    expect(value('refs_latency', { layer: 'l1', type: 'l1_head' })).toBe(-1)
  })

  it('show a reset cursor as block 0, without a latency', () => {
    const { refs, value } = setUp()
    refs.l1('l1_derived', { ...zeroL1BlockRef, hash: block.hash, number: 8n, timestamp: 999n })
    refs.l1('l1_derived', zeroL1BlockRef)
    expect(value('refs_number', { layer: 'l1', type: 'l1_derived' })).toBe(0)
    expect(value('refs_latency', { layer: 'l1', type: 'l1_derived' })).toBe(-1)
  })
})
