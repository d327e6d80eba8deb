import type { Address, Hash } from 'viem'
import { describe, expect, it } from 'vitest'
import type { L1Transaction } from '../../ports/l1-source.ts'
import { type BatcherData, batcherData } from './batcher-data.ts'
import { testBatcher, testHash, testInbox } from './testing/test-config.ts'

const elsewhere: Address = `0x${'ee'.repeat(20)}`

function transaction(change: Partial<L1Transaction> = {}): L1Transaction {
  return { hash: testHash('01'), type: 2, from: testBatcher, to: testInbox, input: '0x0011', ...change }
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

/** A blob transaction; its calldata is that of `transaction`. */
const withBlobs = (hashes: readonly Hash[], change: Partial<L1Transaction> = {}) =>
  transaction({ type: 3, blobVersionedHashes: hashes, ...change })

const calldata = (...payload: number[]): BatcherData => ({
  kind: 'calldata',
  payload: Uint8Array.from(payload),
})
const blob = (versionedHash: Hash, index: number): BatcherData => ({
  kind: 'blob',
  blob: { versionedHash, index },
})
const [a, b, c, d] = ['aa', 'bb', 'cc', 'dd'].map(testHash) as [Hash, Hash, Hash, Hash]

describe('batcher data of an L1 block', () => {
  const select = (blobs: boolean, ...all: L1Transaction[]) =>
    batcherData(all, { inbox: testInbox, batcher: testBatcher, blobs })

  it('is what the batcher sent to the inbox, in order, whatever the case of an address', () => {
    const other = transaction({ to: testInbox.toUpperCase() as Address, input: '0x22' })
    expect(select(true, transaction({ type: 0 }), transaction({ from: elsewhere }), other)).toEqual([
      calldata(0, 0x11),
      calldata(0x22),
    ])
  })

  it.each([
    ['goes elsewhere', { to: elsewhere }],
    ['creates a contract', { to: null }],
    ['is of a type that carries no batches', { type: 4 }],
  ])('leaves out a transaction that %s without recovering its sender', (_, change) => {
    expect(select(true, unread(change))).toEqual([])
  })

  // ecotone/derivation.md: "processed in the same loop as other batcher transactions"; "calldata MUST be ignored".
  it('has calldata and blobs in the order of the block, and no calldata of blob transactions', () => {
    expect(select(true, withBlobs([a, b]), transaction(), withBlobs([c]))).toEqual([
      blob(a, 0),
      blob(b, 1),
      calldata(0, 0x11),
      blob(c, 2),
    ])
  })

  it.each<[string, Partial<L1Transaction>]>([
    ['of another sender', { from: elsewhere }],
    ['to another address', { to: elsewhere }],
    ['without a recipient', { to: null }],
  ])('counts the blobs of transactions %s', (_, change) => {
    expect(select(true, withBlobs([a, b], change), withBlobs([c]), withBlobs([d, d], change))).toEqual([
      blob(c, 2),
    ])
  })

  it('keeps a blob that comes twice at both places', () => {
    expect(select(true, withBlobs([a, a]))).toEqual([blob(a, 0), blob(a, 1)])
  })

  // derivation.md allows type 3 before Ecotone too; only Ecotone makes it differ from the others.
  it('is the calldata of blob transactions before Ecotone', () => {
    expect(select(false, withBlobs([a]), transaction())).toEqual([calldata(0, 0x11), calldata(0, 0x11)])
  })
})
