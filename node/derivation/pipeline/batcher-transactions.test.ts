import type { Address } from 'viem'
import { describe, expect, it } from 'vitest'
import type { L1Transaction } from '../../ports/l1-source.ts'
import { batcherTransactions } from './data-source.ts'
import { testBatcher, testHash, testInbox } from './testing/test-config.ts'

const elsewhere: Address = `0x${'ee'.repeat(20)}`

function transaction(change: Partial<L1Transaction> = {}): L1Transaction {
  return { hash: testHash('01'), type: 2, from: testBatcher, to: testInbox, input: '0x00', ...change }
}

/** A transaction whose sender must not be recovered. */
function unread(change: Partial<L1Transaction>): L1Transaction {
  return {
    ...transaction(change),
    get from(): Address {
      throw new Error('the sender was recovered')
    },
  }
}

describe('batcher transactions', () => {
  const select = (...all: L1Transaction[]) => batcherTransactions(all, testInbox, testBatcher)

  it('are those from the batcher to the inbox, in order, whatever the case of an address', () => {
    const [first, second] = [
      transaction({ type: 0 }),
      transaction({ to: testInbox.toUpperCase() as Address }),
    ]
    expect(select(first, transaction({ from: elsewhere }), second)).toEqual([first, second])
  })

  it.each([
    ['goes elsewhere', { to: elsewhere }],
    ['creates a contract', { to: null }],
    ['is of a type that carries no batches', { type: 4 }],
  ])('leave out one that %s without recovering its sender', (_, change) => {
    expect(select(unread(change))).toEqual([])
  })
})
