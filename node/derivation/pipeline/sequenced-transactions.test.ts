import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { sequencedTransactions } from './sequenced-transactions.ts'

const bytes = (length: number): Hex => `0x${'02'.repeat(length)}`

describe('sequencedTransactions', () => {
  it.each([
    ['all that the block can pay for', [bytes(100), bytes(100)], 42_000n, [100, 100]],
    ['one more, which makes the block invalid', [bytes(9), bytes(9), bytes(9), bytes(9)], 42_000n, [9, 9, 9]],
    ['what its bytes can cost', [bytes(10_000), bytes(10_000)], 80_000n, [10_000, 10_000]],
    [
      'no further when bytes are too many',
      [bytes(10_000), bytes(10_001), bytes(9)],
      80_000n,
      [10_000, 10_001],
    ],
    ['a part of one that is too large alone', [bytes(50_000), bytes(9)], 100_000n, [25_001]],
    ['nothing of nothing', [], 0n, []],
  ])('gives %s', (_rule, transactions, gasLimit, lengths) => {
    expect(sequencedTransactions(transactions, gasLimit)).toEqual(lengths.map(bytes))
  })

  it('looks at no more than it takes', () => {
    const endless = {
      length: 1e9,
      *[Symbol.iterator]() {
        for (;;) yield bytes(1)
      },
    }
    expect(sequencedTransactions(endless, 30_000_000n)).toHaveLength(1429)
  })
})
