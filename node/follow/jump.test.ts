import { describe, expect, it } from 'vitest'
import { ref } from '../engine/testing/refs.ts'
import { type JumpMemory, judgeJump, jumpSlackBlocks, noJumps, rememberAccepted } from './jump.ts'

const slack = Number(jumpSlackBlocks)
const judge = (
  memory: JumpMemory,
  number: number,
  options: { chain?: string; nowMs?: number; unsafe?: number } = {},
) =>
  judgeJump(memory, {
    localSafe: ref(options.chain ?? 'a', BigInt(number)),
    unsafe: BigInt(options.unsafe ?? 0),
    blockTimeMs: 1_000,
    nowMs: options.nowMs ?? 0,
  })
const since = (number: number, atMs = 0) => rememberAccepted(noJumps, BigInt(number), atMs)

describe('a jump beyond what block time allows', () => {
  it.each<[string, JumpMemory, number, { nowMs?: number; unsafe?: number }, boolean]>([
    ['a batch at once', since(100), 100 + slack, {}, false],
    ['more than that', since(100), 101 + slack, {}, true],
    ['more, after the time that it took', since(100), 130 + slack, { nowMs: 30_000 }, false],
    ['far ahead, but not of our own blocks', since(100), 5_000, { unsafe: 5_000 }, false],
    ['the start: near our head', noJumps, slack, {}, false],
    ['the start: far ahead of it', noJumps, slack + 1, {}, true],
    ['going back', since(100), 30, {}, false],
  ])('%s', (_name, memory, number, options, held) => {
    expect(judge(memory, number, options).held !== null).toBe(held)
  })

  it('is let through by a second poll that says the same or more', () => {
    for (const second of [1_000, 1_001]) {
      const first = judge(since(100), 1_000)
      expect(first.held).toMatch(/local_safe_l2 1000:.* 120 was expected at most/)
      expect(judge(first.memory, second).held).toBeNull()
    }
  })

  it('is not let through by another block there, nor after an honest status in between', () => {
    const { memory } = judge(since(100), 1_000)
    expect(judge(memory, 1_000, { chain: 'b' }).held).not.toBeNull()
    const honest = judge(memory, 101)
    expect(honest.held).toBeNull()
    expect(judge(honest.memory, 1_000).held).not.toBeNull()
  })

  it('counts the time since local-safe moved, however often it was confirmed', () => {
    const memory = rememberAccepted(since(100), 100n, 50_000)
    expect(judge(memory, 140 + slack, { nowMs: 50_000 }).held).toBeNull()
  })
})
