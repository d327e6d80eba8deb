import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { twoVerifiersFollowing } from '../topologies.ts'
import { latencyMs, limitsFor, scenarioMs, type Watched } from './limits.ts'

const { parameters } = twoVerifiersFollowing
const watched: readonly Watched[] = [
  'unsafe',
  'localSafe',
  'crossSafe',
  'finalized',
  'currentL1',
  'l1',
  'transaction',
  'peers',
]

describe('limits of twoVerifiersFollowing', () => {
  it.each([
    // Blocks every second.
    { level: 'unsafe', latency: 1_000 },
    // Three L1 blocks of 2 s and two L2 blocks.
    { level: 'localSafe', latency: 8_000 },
    // And the 4 + 4 L1 blocks of finality.
    { level: 'finalized', latency: 26_000 },
  ] as const)('$level', ({ level, latency }) => {
    expect(latencyMs(parameters, level)).toBe(latency)
  })
})

describe('limits', () => {
  const blockTime = fc.integer({ min: 1, max: 12 })
  it('allow for what has to happen, and grow with the block times and with the distance', () => {
    fc.assert(
      fc.property(
        blockTime,
        blockTime,
        fc.constantFrom(...watched),
        fc.bigInt(1n, 1_000n),
        (l1, l2, what, n) => {
          const chain = { ...parameters, l1BlockTime: l1, l2BlockTime: l2 }
          const near = limitsFor(chain, what, n)
          const far = limitsFor(chain, what, n + 1n)
          const slower = limitsFor({ ...chain, l1BlockTime: l1 + 1, l2BlockTime: l2 + 1 }, what, n)
          expect(near.stallMs).toBeGreaterThan(latencyMs(chain, what))
          expect(near.totalMs).toBeGreaterThan(near.stallMs)
          expect(far.stallMs).toBe(near.stallMs)
          expect(far.totalMs).toBeGreaterThan(near.totalMs)
          expect(slower.stallMs).toBeGreaterThan(near.stallMs)
          expect(scenarioMs(chain)).toBeGreaterThan(limitsFor(chain, 'finalized').totalMs)
        },
      ),
    )
  })
})
