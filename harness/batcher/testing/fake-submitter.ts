import type { Hash } from 'viem'
import { testBatcher, testInbox } from '../../../node/derivation/pipeline/testing/test-config.ts'
import type { L1Transaction } from '../../../node/ports/l1-source.ts'
import { createFakeBeacon, type FakeBeacon } from '../../../node/ports/testing/fake-beacon.ts'
import type { FakeL1 } from '../../../node/ports/testing/fake-l1.ts'
import { encodeBlob } from '../../../node/protocol/blob.ts'
import { bytesToHex } from '../../../node/protocol/bytes.ts'
import { keccak256 } from '../../../node/protocol/hash.ts'
import type { Submitter, TransactionPlace } from '../submitter.ts'

/** A submitter with a pool of its own in front of a fake L1. */
export interface FakeSubmitter extends Submitter {
  /** Mines the pool into one L1 block; transactions of orphaned blocks do not come back. */
  mine(): void
  /** Empties the pool. */
  dropPool(): void
  /** Everything that was ever submitted. */
  readonly submitted: readonly L1Transaction[]
  /** While set, L1 takes no transaction. */
  failure: Error | null
}

/** `beacon` gets the blobs. */
export function createFakeSubmitter(l1: FakeL1, beacon: FakeBeacon = createFakeBeacon()): FakeSubmitter {
  let pool: L1Transaction[] = []
  const submitted: L1Transaction[] = []
  const includedIn = new Map<Hash, bigint>()
  const places = new Map<Hash, TransactionPlace>()

  async function locate(hash: Hash): Promise<TransactionPlace> {
    if (pool.some((transaction) => transaction.hash === hash)) return 'pending'
    const header = await l1.headerByNumber(includedIn.get(hash) ?? -1n)
    const transactions = header && (await l1.transactionsByHash(header.hash))
    const found = transactions?.some((transaction) => transaction.hash === hash)
    return header !== null && found ? { hash: header.hash, number: header.number } : 'lost'
  }

  function take(fields: Pick<L1Transaction, 'type' | 'input' | 'blobVersionedHashes'>): Hash {
    if (fake.failure !== null) throw fake.failure
    const hash = keccak256(new TextEncoder().encode(`${submitted.length} ${JSON.stringify(fields)}`))
    const transaction = { hash, from: testBatcher, to: testInbox, ...fields }
    submitted.push(transaction)
    pool.push(transaction)
    places.set(hash, 'pending')
    return hash
  }

  const fake: FakeSubmitter = {
    address: testBatcher,
    failure: null,
    submitted,
    get pending() {
      return [...places.values()].filter((place) => place === 'pending').length
    },
    checkChain: async () => {},
    submit: async (payload) => take({ type: 2, input: bytesToHex(payload) }),
    async submitBlobs(payloads) {
      const blobVersionedHashes = payloads.map((payload) => beacon.add(encodeBlob(payload)))
      return take({ type: 3, input: '0x', blobVersionedHashes })
    },
    async refresh() {
      for (const hash of places.keys()) {
        const place = await locate(hash)
        if (place === 'lost') places.delete(hash)
        else places.set(hash, place)
      }
    },
    placeOf: (hash) => places.get(hash) ?? 'lost',
    retain(hashes) {
      for (const [hash, place] of places) if (place !== 'pending' && !hashes.has(hash)) places.delete(hash)
    },
    head: async () => l1.head,
    mine() {
      const { number } = l1.mine(1, { transactions: pool })
      for (const { hash } of pool) includedIn.set(hash, number)
      pool = []
    },
    dropPool() {
      pool = []
    },
  }
  return fake
}
