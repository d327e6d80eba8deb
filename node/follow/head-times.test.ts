import { describe, expect, it } from 'vitest'
import type { FollowTarget } from '../engine/engine-client.ts'
import { createTestChain } from '../engine/testing/test-chain.ts'
import { createFakeL1 } from '../ports/testing/fake-l1.ts'
import type { L2BlockRef } from '../protocol/refs.ts'
import { clockToleranceSeconds, driftFault, headTimeFault } from './head-times.ts'

const l1 = createFakeL1({ genesisTime: 1_000n, blockTime: 2n })
l1.mine(1_000)
const { config } = createTestChain(l1.at(0n))

/** Block `number` of a chain of 1 s blocks, with its L1 origin at `origin`. */
const head = (number: bigint, origin: bigint, timestamp = 1_000n + number): L2BlockRef => ({
  hash: `0x${number.toString(16).padStart(64, '0')}`,
  number,
  parentHash: `0x${'00'.repeat(32)}`,
  timestamp,
  l1Origin: { number: origin, hash: l1.at(origin).hash },
  sequenceNumber: 0n,
})
const target = (localSafe: L2BlockRef, safe = localSafe, finalized = head(0n, 0n)): FollowTarget => ({
  currentL1: l1.head,
  localSafe,
  safe,
  finalized,
})
const at = async (number: bigint) => (number > l1.head.number ? null : l1.at(number))

describe('head times against the number and the clock', () => {
  it.each<[string, FollowTarget, bigint, RegExp | null]>([
    ['as it should be', target(head(100n, 50n)), 1_100n, null],
    ['a clock that is a little behind', target(head(100n, 50n)), 1_100n - clockToleranceSeconds, null],
    [
      'of the future',
      target(head(100n, 50n)),
      1_099n - clockToleranceSeconds,
      /local_safe_l2 100:.* is of the time 1100, it is 1089 now/,
    ],
    [
      'far above everything, with a time of now',
      target(head(100_328n, 50n, 1_100n)),
      1_100n,
      /has the time 1100, block 100328 of this chain has 101328/,
    ],
    [
      'far above everything, with the time of its number',
      target(head(100_328n, 50n)),
      1_100n,
      /is of the time 101328/,
    ],
    ['safe off by one', target(head(100n, 50n), head(99n, 49n, 1_098n)), 1_100n, /safe_l2/],
    [
      'finalized off by one',
      target(head(100n, 50n), head(100n, 50n), head(9n, 4n, 1_010n)),
      1_100n,
      /finalized_l2/,
    ],
  ])('%s', (_name, status, nowSeconds, expected) => {
    const fault = headTimeFault(config, status, nowSeconds)
    if (expected === null) expect(fault).toBeNull()
    else expect(fault).toMatch(expected)
  })
})

describe('head times against the L1 origin', () => {
  it.each<[string, FollowTarget, RegExp | null]>([
    ['at the origin', target(head(100n, 50n)), null],
    ['at the end of the drift', target(head(1_800n, 0n)), null],
    ['beyond the drift', target(head(1_801n, 0n)), /lies more than 1800 s after its L1 origin/],
    ['before its origin', target(head(99n, 50n)), /lies before its L1 origin/],
    ['safe beyond the drift', target(head(1_900n, 900n), head(1_801n, 0n)), /^safe_l2/],
  ])('%s', async (_name, status, expected) => {
    const fault = await driftFault(config, status, at)
    if (expected === null) expect(fault).toBeNull()
    else expect(fault).toMatch(expected)
  })

  it('L1 stood still: no later block could have been the origin', async () => {
    const status = target(head(5_000n, l1.head.number))
    expect(await driftFault(config, status, at)).toBeNull()
  })

  it('before Fjord the drift is the one of the configuration', async () => {
    const { config: ecotone } = createTestChain(l1.at(0n), { lastFork: 'ecotone' })
    expect(await driftFault(ecotone, target(head(601n, 0n)), at)).toMatch(/more than 600 s/)
  })
})
