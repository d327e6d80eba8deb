import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BlockId } from '../protocol/refs.ts'
import {
  type FollowPosition,
  looksLikeReplay,
  mayReplaySinceBefore,
  newestMark,
  type ReplayMarks,
  replayedMark,
  withAccepted,
} from './replay-guard.ts'

/** Block `number` of L1 fork `fork`, or of an L2 whose forks do not matter here. */
const block = (number: number, fork = 0): BlockId => ({
  number: BigInt(number),
  hash: `0x${(fork * 1_000_000 + number).toString(16).padStart(64, '0')}`,
})
const at = (currentL1: number, localSafe: number, fork = 0): FollowPosition => ({
  currentL1: block(currentL1, fork),
  localSafe: block(localSafe),
})
const accepted = (...positions: readonly (readonly [number, number])[]): ReplayMarks =>
  positions.reduce<ReplayMarks>((marks, [l1, l2]) => withAccepted(marks, at(l1, l2)), [])
const all = async () => true

describe('replay guard: follow-mode.md, step 6', () => {
  // Ours: currentL1 10, local-safe 80.
  it.each<[string, readonly [number, number], boolean, boolean]>([
    ['older L1, lower local-safe', [5, 30], true, true],
    ['the same L1, lower local-safe', [10, 30], true, true],
    ['the same L1, the same local-safe', [10, 80], true, false],
    ['newer L1 may revoke', [11, 30], true, false],
    ['older L1, and own L1 lost block 10', [5, 30], false, false],
  ])('%s', async (_name, [l1, l2], hasTen, refused) => {
    const hasL1 = async ({ number }: BlockId) => number !== 10n || hasTen
    expect((await replayedMark(accepted([10, 80]), at(l1, l2), hasL1)) !== null).toBe(refused)
  })

  it('an accepted status with an older currentL1 does not lower the mark', async () => {
    const marks = accepted([10, 9], [5, 9])
    expect(await replayedMark(marks, at(6, 3), all)).toEqual(at(10, 9))
    expect(await newestMark(marks, all)).toEqual(at(10, 9))
  })

  it('an accepted status disproves marks of less L1 and more safe, where L1 has not replaced their blocks', () => {
    const marks = accepted([4, 60], [6, 90], [8, 96], [10, 80])
    const isOnL1 = ({ number }: BlockId) => number !== 6n
    const left = withAccepted(marks, at(9, 70), isOnL1)
    expect(left).toEqual([at(4, 60), at(6, 90), at(9, 70), at(10, 80)])
    expect(withAccepted(marks, at(9, 70))).toHaveLength(5)
  })

  it('the mark is the highest that own L1 still has', async () => {
    const marks = accepted([4, 40], [8, 70], [10, 80])
    const until = (top: bigint) => async (id: BlockId) => id.number <= top
    expect(await replayedMark(marks, at(8, 60), until(8n))).toEqual(at(8, 70))
    expect(await replayedMark(marks, at(8, 75), until(8n))).toBeNull()
    expect(await replayedMark(marks, at(4, 60), until(4n))).toBeNull()
    expect(await replayedMark(marks, at(4, 30), until(4n))).toEqual(at(4, 40))
  })

  it('asks own L1 nothing about a status that goes on', async () => {
    const fail = () => Promise.reject(new Error('asked'))
    expect(await replayedMark(accepted([8, 70], [10, 80]), at(10, 81), fail)).toBeNull()
  })

  // L1 block 21 is of 252 s.
  it.each<[string, readonly [number, number], number, boolean]>([
    ['takes local-safe back before it was at our L1 head', [15, 30], 240, true],
    ['has derived up to our L1 head', [21, 30], 240, false],
    ['has not derived what is newer than our start, and L1 lagged', [21, 30], 252, true],
    ['does not take it back', [15, 80], 252, false],
  ])(
    'after our own restart, with local-safe 80 and L1 at 20: a source that %s',
    (_name, [l1, l2], seconds, may) => {
      const start = { localSafe: block(80), l1Head: block(20), timeMs: seconds * 1_000 }
      const currentL1 = { ...block(l1), parentHash: block(l1 - 1).hash, timestamp: BigInt(12 * l1) }
      expect(mayReplaySinceBefore(start, { currentL1, localSafe: block(l2) })).toBe(may)
    },
  )

  it('remembers what a naive model remembers, whatever is accepted and orphaned', async () => {
    const step = fc.record({
      l1: fc.integer({ min: 1, max: 12 }),
      l2: fc.integer({ min: 0, max: 12 }),
      reorgFrom: fc.option(fc.integer({ min: 1, max: 12 }), { freq: 4 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        // The fork that own L1 has at each number.
        const forks = Array.from({ length: 13 }, () => 0)
        let fork = 0
        const isCanonical = ({ currentL1 }: FollowPosition) =>
          block(Number(currentL1.number), forks[Number(currentL1.number)]).hash === currentL1.hash
        let marks: ReplayMarks = []
        let history: FollowPosition[] = []
        for (const { l1, l2, reorgFrom } of steps) {
          if (reorgFrom !== null) {
            fork++
            forks.fill(fork, reorgFrom)
          }
          const theirs = at(l1, l2, forks[l1])
          const canonical = history.filter(isCanonical)
          const highest = canonical.reduce(
            (top, { currentL1 }) => (currentL1.number > top ? currentL1.number : top),
            -1n,
          )
          const mark = canonical.findLast(({ currentL1 }) => currentL1.number === highest)
          const expected = mark !== undefined && looksLikeReplay(mark, theirs)
          const hasL1 = async (id: BlockId) => isCanonical({ currentL1: id, localSafe: id })
          expect((await replayedMark(marks, theirs, hasL1)) !== null).toBe(expected)
          if (expected) continue
          const isDisproved = (past: FollowPosition) =>
            isCanonical(past) &&
            past.currentL1.number < theirs.currentL1.number &&
            past.localSafe.number > BigInt(l2)
          history = [...history.filter((past) => !isDisproved(past)), theirs]
          marks = withAccepted(marks, theirs, (id) => isCanonical({ currentL1: id, localSafe: id }))
        }
      }),
    )
  })
})
