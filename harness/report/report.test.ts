import { describe, expect, it } from 'vitest'
import { type L2BlockRef, zeroHash, zeroL1BlockRef } from '../../node/protocol/refs.ts'
import type { SyncStatus } from '../../node/protocol/sync-status.ts'
import type { Fact } from '../events/event.ts'
import { createLiveArea } from './live-area.ts'
import { formatMs, nodeTable } from './node-table.ts'
import { createProgress, headsTable } from './progress.ts'

describe('createProgress', () => {
  const progress = createProgress()
  const add = (fact: Fact) => progress.add({ seq: 0, t: 0, ...fact })

  it('knows what is going on, and which events are milestones', () => {
    expect(progress.booted).toBe(false)
    expect(add({ kind: 'booted', durationMs: 3_140 })).toBe('booted (3.1 s)')
    expect(progress.booted).toBe(true)

    expect(add({ kind: 'step', step: 'cut gossip', action: 'start' })).toBeNull()
    add({ kind: 'wait', id: 1, what: 'follower: unsafe reaches 3', action: 'start' })
    add({ kind: 'wait', id: 2, what: 'reference: unsafe reaches 3', action: 'start' })
    add({ kind: 'wait', id: 1, what: 'follower: unsafe reaches 3', action: 'end' })
    expect([progress.step, progress.waits]).toEqual(['cut gossip', ['reference: unsafe reaches 3']])
    expect(add({ kind: 'step', step: 'cut gossip', action: 'end', durationMs: 1_240 })).toBe(
      'cut gossip (1.2 s)',
    )
    expect(progress.step).toBeNull()

    expect(add({ kind: 'fault', id: 1, point: 'a→b', fault: 'slow', action: 'install' })).toBe(
      'fault slow on a→b installed',
    )
    expect(progress.faults).toEqual(['a→b: slow'])
    add({ kind: 'fault', id: 1, point: 'a→b', fault: 'slow', action: 'remove', hits: 3 })
    expect(progress.faults).toEqual([])

    const block = (number: number) => ({ number, hash: '0x' })
    expect(add({ kind: 'l1-reorg', orphaned: [block(7), block(8)], replaced: [block(7)] })).toBe(
      'L1 reorg: 2 blocks from 7 replaced by 1',
    )
    add({ kind: 'head', node: 'follower', level: 'unsafe', block: block(12) })
    expect(headsTable(progress)).toBe(
      [
        'node      unsafe  localSafe  crossSafe  finalized  currentL1  headL1',
        'follower  12      -          -          -          -          -',
      ].join('\n'),
    )
  })
})

describe('createLiveArea', () => {
  it('rewrites its lines in place, keeps what is printed, and never lets a line wrap', () => {
    let written = ''
    const area = createLiveArea({ columns: 10, write: (text) => (written += text) })
    area.show(['one', 'two is much too long'])
    area.print('kept')
    area.show(['three'])
    area.clear()
    expect(written).toBe(
      'one\ntwo is mu\n' +
        '\u001b[2A\u001b[Jkept\none\ntwo is mu\n' +
        '\u001b[2A\u001b[Jthree\n' +
        '\u001b[1A\u001b[J',
    )
  })
})

describe('nodeTable', () => {
  it('shows a node that was never seen, and an error that came after the last status', () => {
    const lastError = { atMs: 900, message: 'connection refused' }
    expect(nodeTable([{ node: 'follower', latest: null, lastError }], 1_000)).toBe(
      [
        'node      unsafe  localSafe  finalized  currentL1  headL1  seen',
        'follower  ?       ?          ?          ?          ?       never; then: connection refused',
      ].join('\n'),
    )
  })
})

describe('nodeTable of nodes that were seen', () => {
  const ref = (number: bigint, digit: string): L2BlockRef => ({
    ...{ number, hash: `0x${digit.repeat(64)}`, parentHash: zeroHash, timestamp: 0n },
    ...{ l1Origin: { number: 1n, hash: zeroHash }, sequenceNumber: 0n },
  })
  const seen = (node: string, crossSafe: L2BlockRef) => {
    const [l2, l1] = [ref(1_234n, 'a'), { ...zeroL1BlockRef, number: 567n, hash: ref(0n, 'c').hash }]
    const status: SyncStatus = {
      ...{ currentL1: l1, currentL1Finalized: l1, headL1: l1, safeL1: l1, finalizedL1: l1 },
      ...{
        unsafeL2: l2,
        safeL2: crossSafe,
        finalizedL2: l2,
        pendingSafeL2: l2,
        crossUnsafeL2: l2,
        localSafeL2: l2,
      },
    }
    return { node, latest: { node, status, askedMs: 0, answeredMs: 0 }, lastError: null }
  }

  it('fits into 80 columns, with crossSafe only where it is something else', () => {
    const equal = nodeTable([seen('sequencer', ref(1_234n, 'a'))], 12_300)
    expect(equal.split('\n').map((line) => line.length <= 78)).toEqual([true, true])
    expect(equal).not.toContain('crossSafe')
    expect(nodeTable([seen('sequencer', ref(9n, 'b'))], 0)).toContain('9:bbbb')
  })
})

describe('formatMs', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [12_340, '12.3 s'],
  ])('%d', (ms, text) => {
    expect(formatMs(ms)).toBe(text)
  })
})
