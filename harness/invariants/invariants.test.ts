import type { Hash } from 'viem'
import { describe, expect, it } from 'vitest'
import { type BlockId, type L2BlockRef, zeroL1BlockRef, zeroL2BlockRef } from '../../node/protocol/refs.ts'
import type { SyncStatus } from '../../node/protocol/sync-status.ts'
import { twoVerifiersFollowing } from '../topologies.ts'
import { createL1View } from '../world/l1-view.ts'
import type { Observation } from '../world/status-stream.ts'
import { finalizedFinal } from './finalized-final.ts'
import { headsOrdered } from './heads-ordered.ts'
import type { InvariantContext } from './invariant.ts'
import { originGrace, originsCanonical } from './origins-canonical.ts'
import { withinSource } from './within-source.ts'

const hash = (number: number, fork: string) =>
  `0x${fork.repeat(60)}${number.toString(16).padStart(4, '0')}` as Hash
const l1 = (number: number, fork = 'a'): BlockId => ({ number: BigInt(number), hash: hash(number, fork) })
const l2 = (number: number, fork = 'c', origin = l1(0)): L2BlockRef => ({
  ...zeroL2BlockRef,
  number: BigInt(number),
  hash: hash(number, fork),
  l1Origin: origin,
})

interface Heads {
  readonly unsafe?: L2BlockRef
  readonly localSafe?: L2BlockRef
  readonly safe?: L2BlockRef
  readonly finalized?: L2BlockRef
  readonly currentL1?: BlockId
  readonly askedMs?: number
}
function observe(heads: Heads): Observation {
  const status: SyncStatus = {
    currentL1: { ...zeroL1BlockRef, ...heads.currentL1 },
    currentL1Finalized: zeroL1BlockRef,
    headL1: zeroL1BlockRef,
    safeL1: zeroL1BlockRef,
    finalizedL1: zeroL1BlockRef,
    unsafeL2: heads.unsafe ?? l2(9),
    safeL2: heads.safe ?? l2(5),
    finalizedL2: heads.finalized ?? l2(1),
    pendingSafeL2: zeroL2BlockRef,
    crossUnsafeL2: zeroL2BlockRef,
    localSafeL2: heads.localSafe ?? l2(5),
  }
  const askedMs = heads.askedMs ?? 0
  return { node: 'follower', askedMs, answeredMs: askedMs, status }
}

const view = createL1View(l1(0))
const context: InvariantContext = {
  nowMs: 0,
  starts: 1,
  engineStarts: 1,
  l1: view,
  source: null,
  canonicalHash: async (number) => hash(Number(number), 'c'),
}

describe('heads-ordered', () => {
  it.each<{ name: string; heads: Heads; expected: string | null }>([
    { name: 'in order', heads: {}, expected: null },
    {
      name: 'all unknown',
      heads: {
        unsafe: zeroL2BlockRef,
        localSafe: zeroL2BlockRef,
        safe: zeroL2BlockRef,
        finalized: zeroL2BlockRef,
      },
      expected: null,
    },
    {
      name: 'genesis beside unknown',
      heads: { unsafe: l2(0), localSafe: l2(0), safe: zeroL2BlockRef, finalized: zeroL2BlockRef },
      expected: null,
    },
    {
      name: 'safe ahead of unsafe',
      heads: { unsafe: l2(4) },
      expected: 'localSafe 5:0xcccccccc… is ahead of unsafe 4:0xcccccccc…',
    },
    {
      name: 'finalized ahead of safe',
      heads: { finalized: l2(6) },
      expected: 'finalized 6:0xcccccccc… is ahead of crossSafe 5:0xcccccccc…',
    },
    {
      name: 'two blocks at one height',
      heads: { unsafe: l2(5, 'd') },
      expected: 'localSafe 5:0xcccccccc… and unsafe 5:0xdddddddd… differ at one height',
    },
  ])('$name', ({ heads, expected }) => {
    expect(headsOrdered().check(observe(heads), context)).toBe(expected)
  })
})

describe('finalized-final', () => {
  it.each<{
    name: string
    next: L2BlockRef
    starts?: number
    engineStarts?: number
    expected: string | null
  }>([
    { name: 'stays', next: l2(3), expected: null },
    { name: 'advances', next: l2(7), expected: null },
    { name: 'goes back', next: l2(2), expected: 'finalized went back from 3:0xcccccccc… to 2:0xcccccccc…' },
    {
      name: 'is behind after a restart',
      next: l2(2),
      starts: 2,
      expected: 'finalized went back from 3:0xcccccccc… to 2:0xcccccccc…',
    },
    { name: 'is behind after a restart of both', next: l2(2), starts: 2, engineStarts: 2, expected: null },
    { name: 'is unknown after a restart', next: zeroL2BlockRef, starts: 2, expected: null },
    {
      name: 'changes',
      next: l2(3, 'd'),
      expected: 'finalized changed from 3:0xcccccccc… to 3:0xdddddddd… at the same height',
    },
    {
      name: 'changes, after a restart too',
      next: l2(3, 'd'),
      starts: 2,
      expected: 'finalized changed from 3:0xcccccccc… to 3:0xdddddddd… at the same height',
    },
  ])('$name', async ({ next, starts = 1, engineStarts = 1, expected }) => {
    const invariant = finalizedFinal()
    expect(await invariant.check(observe({ finalized: l2(3) }), context)).toBeNull()
    expect(await invariant.check(observe({ finalized: next }), { ...context, starts, engineStarts })).toBe(
      expected,
    )
  })

  it('advances on another chain', async () => {
    const invariant = finalizedFinal()
    await invariant.check(observe({ finalized: l2(3) }), context)
    const other = { ...context, canonicalHash: async () => hash(3, 'd') }
    expect(await invariant.check(observe({ finalized: l2(7, 'd') }), other)).toBe(
      'finalized went from 3:0xcccccccc… to 7:0xdddddddd…, on a chain that has 0xdddddddd… at 3',
    )
  })
})

describe('within-source', () => {
  const reports = { localSafe: 5n, crossSafe: 5n, finalized: 1n, currentL1: 3n }
  const following = { ...context, source: { name: 'reference', reports } }
  it.each<{ name: string; heads: Heads; expected: string | null }>([
    { name: 'equal', heads: { currentL1: l1(3) }, expected: null },
    { name: 'behind', heads: { localSafe: l2(4), safe: l2(4) }, expected: null },
    { name: 'unsafe ahead is its own', heads: { unsafe: l2(90) }, expected: null },
    {
      name: 'local-safe ahead',
      heads: { localSafe: l2(6) },
      expected: 'localSafe 6:0xcccccccc… is ahead of everything that reference reported (5)',
    },
    {
      name: 'finalized ahead',
      heads: { finalized: l2(2) },
      expected: 'finalized 2:0xcccccccc… is ahead of everything that reference reported (1)',
    },
    {
      name: 'currentL1 ahead',
      heads: { currentL1: l1(4) },
      expected: 'currentL1 4:0xaaaaaaaa… is ahead of everything that reference reported (3)',
    },
  ])('$name', ({ heads, expected }) => {
    expect(withinSource().check(observe(heads), following)).toBe(expected)
    expect(withinSource().check(observe(heads), context)).toBeNull()
  })
})

describe('origins-canonical', () => {
  const grace = { safeMs: 1_000, unsafeMs: 5_000 }
  const forked = createL1View(l1(0))
  forked.add(l1(1), 100)
  forked.add(l1(2), 200)
  forked.add(l1(2, 'b'), 10_000)
  const afterReorg = { ...context, l1: forked }
  const stale = l2(9, 'c', l1(2))
  it.each<{ name: string; heads: Heads; expected: string | null }>([
    { name: 'canonical', heads: { unsafe: l2(9, 'c', l1(2, 'b')) }, expected: null },
    { name: 'unknown heads have no origin', heads: { finalized: zeroL2BlockRef }, expected: null },
    { name: 'unsafe, orphaned just now', heads: { unsafe: stale, askedMs: 15_000 }, expected: null },
    {
      name: 'unsafe, orphaned long ago',
      heads: { unsafe: stale, askedMs: 15_001 },
      expected:
        'unsafe 9:0xcccccccc… has the L1 origin 2:0xaaaaaaaa…, which a reorg orphaned 5001 ms ago (at most 5000)',
    },
    { name: 'safe, orphaned just now', heads: { localSafe: stale, askedMs: 11_000 }, expected: null },
    {
      name: 'safe, orphaned long ago',
      heads: { localSafe: stale, askedMs: 11_001 },
      expected:
        'localSafe 9:0xcccccccc… has the L1 origin 2:0xaaaaaaaa…, which a reorg orphaned 1001 ms ago (at most 1000)',
    },
    {
      name: 'invented',
      heads: { unsafe: l2(9, 'c', l1(2, 'f')) },
      expected: 'unsafe 9:0xcccccccc… has the L1 origin 2:0xffffffff…, which was never on L1',
    },
  ])('$name', ({ heads, expected }) => {
    expect(originsCanonical(grace).check(observe(heads), afterReorg)).toBe(expected)
  })

  it('gives a follower’s unsafe head the time of a new batch', () => {
    const { safeMs, unsafeMs } = originGrace(twoVerifiersFollowing.parameters)
    expect(unsafeMs).toBeGreaterThan(safeMs)
  })
})
