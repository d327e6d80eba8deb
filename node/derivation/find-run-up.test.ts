import { describe, expect, it } from 'vitest'
import { childOf, createTestChain } from '../engine/testing/test-chain.ts'
import type { L2Source } from '../ports/l2-source.ts'
import { createFakeL1 } from '../ports/testing/fake-l1.ts'
import { type BlockId, zeroHash } from '../protocol/refs.ts'
import { createMemorySafeHeadStore } from '../safe-heads/memory-store.ts'
import { createSafeHeads } from '../safe-heads/safe-heads.ts'
import { findRunUp } from './find-run-up.ts'
import { refOf } from './pipeline/run-up.ts'

const epochs = 140
const timeout = 20n
const window = 30n
const { signal } = new AbortController()

/** 140 epochs of one block each: block n has the L1 origin n. */
function history() {
  const l1 = createFakeL1()
  l1.mine(epochs)
  const chain = createTestChain(l1.at(0n), { lastFork: 'fjord', blockTime: 2n })
  const config = { ...chain.config, channelTimeout: timeout, seqWindowSize: window }
  const blocks = [chain.genesis]
  for (let number = 1; number <= epochs; number++)
    blocks.push(childOf(config, blocks.at(-1)!, l1.at(BigInt(number))))
  const asked: bigint[] = []
  const l2: Pick<L2Source, 'blockByNumber'> = {
    async blockByNumber(number) {
      asked.push(number)
      return blocks[Number(number)] ?? null
    },
  }
  const refAt = (number: bigint) => refOf(config, blocks[Number(number)]!)
  const safeHeads = createSafeHeads(createMemorySafeHeadStore())
  const find = (safe: bigint, isCanonical = async (_: BlockId) => true) =>
    findRunUp({ config, l2: l2 as L2Source, safeHeads, isCanonical }, refAt(safe), signal)
  return { l1, blocks, config, safeHeads, find, refAt, asked }
}

describe('the run-up to a safe head', () => {
  it('begins with what the L1 block before the one that gave it had given', async () => {
    const { l1, safeHeads, find, refAt } = history()
    for (const [at, safe] of [
      [95n, 90n],
      [101n, 96n],
      [105n, 100n],
    ] as const)
      await safeHeads.record(l1.at(at), refAt(safe))
    expect(await find(100n)).toEqual({ from: refAt(96n), judgedUpTo: 101n, until: 105n })
  })

  it.each([
    ['no record', [], true, 100n + window],
    ['a record that begins with it', [[105n, 100n]], true, 105n],
    [
      'a record of an L1 block that is an orphan',
      [
        [101n, 96n],
        [105n, 100n],
      ],
      false,
      100n + window,
    ],
    [
      'a record that ends above it',
      [
        [101n, 96n],
        [105n, 102n],
      ],
      true,
      100n + window,
    ],
  ] as const)('begins a channel timeout before it with %s', async (_, record, isCanonical, until) => {
    const { l1, safeHeads, find, refAt } = history()
    for (const [at, safe] of record) await safeHeads.record(l1.at(at), refAt(safe))
    expect(await find(100n, async () => isCanonical)).toEqual({
      ...{ from: refAt(100n - timeout), judgedUpTo: 0n, until },
    })
  })

  it('does so where the engine has other blocks than the record', async () => {
    const { l1, safeHeads, find, refAt } = history()
    await safeHeads.record(l1.at(101n), { ...refAt(96n), hash: zeroHash })
    await safeHeads.record(l1.at(105n), refAt(100n))
    expect(await find(100n)).toMatchObject({ from: refAt(80n), judgedUpTo: 0n, until: 105n })
  })

  it('begins at genesis near it, and reads nothing far below otherwise', async () => {
    const { find, refAt, asked } = history()
    expect(await find(7n)).toMatchObject({ from: refAt(0n) })
    expect(await find(0n)).toMatchObject({ from: refAt(0n) })
    asked.length = 0
    await find(140n)
    expect(asked.every((number) => number >= 140n - 2n * timeout)).toBe(true)
  })

  it('is told of an engine that lacks a block', async () => {
    const { find, blocks } = history()
    delete blocks[99]
    await expect(find(100n)).rejects.toThrow(
      'expected the engine to have block 99 of the safe chain, found none',
    )
  })
})
