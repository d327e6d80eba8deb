import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { childOf, createTestChain } from '../../engine/testing/test-chain.ts'
import { createFakeL1 } from '../../ports/testing/fake-l1.ts'
import type { SingularBatch } from '../../protocol/batch.ts'
import { zeroHash } from '../../protocol/refs.ts'
import { gave, refOf } from './run-up.ts'
import { testTransaction } from './testing/test-transaction.ts'

describe('what a batch gave', () => {
  const transactions = [testTransaction(1), testTransaction(2)]
  const l1 = createFakeL1()
  l1.mine(1)
  const { config, genesis } = createTestChain(l1.at(0n), { lastFork: 'fjord' })
  const child = childOf(config, genesis, l1.at(1n))
  const ref = refOf(config, child)
  const blockOf = (sequenced: readonly Hex[]) => ({
    payload: { ...child.payload, transactions: ['0x7e01' as const, ...sequenced] },
  })
  const batch = (change: Partial<SingularBatch> = {}): SingularBatch => ({
    ...{ kind: 'singular', parentHash: zeroHash, timestamp: 0n, epochNum: 1n },
    ...{ epochHash: ref.l1Origin.hash, transactions: transactions },
    ...change,
  })
  it.each([
    ['the block', 'block', batch(), blockOf(transactions)],
    ['an empty block', 'block', batch({ transactions: [] }), blockOf([])],
    ['its deposits, when the rest was invalid', 'deposits', batch(), blockOf([])],
    ['nothing: it has other transactions', null, batch(), blockOf(transactions.slice(1))],
    ['nothing: it has more of them', null, batch({ transactions: [] }), blockOf(transactions)],
    ['nothing: it is of another epoch', null, batch({ epochHash: zeroHash }), blockOf(transactions)],
  ])('%s', (_, expected, given, block) => {
    expect(gave(given, block, ref, true)).toBe(expected)
  })

  it('before Holocene, never the deposits alone: an invalid batch gave nothing', () => {
    expect(gave(batch(), blockOf([]), ref, false)).toBeNull()
    expect(gave(batch(), blockOf(transactions), ref, false)).toBe('block')
  })
})
