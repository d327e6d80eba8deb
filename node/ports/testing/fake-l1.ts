import { type Address, type Hash, keccak256, toHex } from 'viem'
import type { L1Header, L1Label, L1Receipt, L1Transaction, SharedL1 } from '../l1-source.ts'

/** What a fake L1 block carries. */
export interface FakeL1Body {
  readonly transactions?: readonly L1Transaction[]
  readonly receipts?: readonly L1Receipt[]
}

/** An L1 in memory, for tests: a chain that is mined and reorged by hand. */
export interface FakeL1 extends SharedL1 {
  readonly head: L1Header
  /** Mines `count` blocks on the head and returns the last; the body goes into the first. */
  mine(count?: number, body?: FakeL1Body): L1Header
  /**
   * Replaces the block `from` and everything above it by `length` other blocks and returns the new head. Orphans stay
   * readable by hash. `length` 0 only shortens the chain.
   */
  reorg(from: bigint, length: number): L1Header
  /** The canonical header; throws when there is none, so that a test reads without checks. */
  at(number: bigint): L1Header
  setLabel(label: 'safe' | 'finalized', number: bigint): void
  setStorage(address: Address, slot: Hash, value: Hash): void
  /** While set, every call rejects with it: the L1 cannot be asked. */
  failure: Error | null
  /** Number of calls served, by method. */
  readonly calls: ReadonlyMap<string, number>
}

/** Options of {@link createFakeL1}. Times are in seconds. */
export interface FakeL1Options {
  readonly chainId?: bigint
  readonly genesisTime?: bigint
  readonly blockTime?: bigint
}

const zero: Hash = `0x${'00'.repeat(32)}`

/** A fake L1 with only its genesis block, number 0. */
export function createFakeL1(options: FakeL1Options = {}): FakeL1 {
  const { chainId = 900n, genesisTime = 0n, blockTime = 2n } = options
  const byHash = new Map<Hash, { header: L1Header; body: FakeL1Body }>()
  const storage = new Map<string, Hash>()
  const labels = { safe: 0n, finalized: 0n }
  const calls = new Map<string, number>()
  let chain: L1Header[] = []
  let fork = 0

  const append = (body: FakeL1Body): L1Header => {
    const parent = chain.at(-1)
    const number = BigInt(chain.length)
    const parentHash = parent?.hash ?? zero
    const hash = keccak256(toHex(`l1 ${chainId} ${fork} ${number} ${parentHash}`))
    const header: L1Header = {
      hash,
      number,
      parentHash,
      timestamp: genesisTime + number * blockTime,
      mixHash: keccak256(toHex(`randao ${hash}`)),
      baseFeePerGas: 1_000_000_000n,
      excessBlobGas: 0n,
      parentBeaconBlockRoot: keccak256(toHex(`beacon ${hash}`)),
    }
    chain.push(header)
    byHash.set(hash, { header, body })
    return header
  }
  append({})

  const answer = async <T>(method: string, read: () => T): Promise<T> => {
    calls.set(method, (calls.get(method) ?? 0) + 1)
    if (l1.failure !== null) throw l1.failure
    return read()
  }
  const labelled = (label: L1Label) => chain[label === 'latest' ? chain.length - 1 : Number(labels[label])]

  const l1: FakeL1 = {
    failure: null,
    calls,
    get head() {
      return chain.at(-1) as L1Header
    },
    mine(count = 1, body = {}) {
      for (let index = 0; index < count; index++) append(index === 0 ? body : {})
      return l1.head
    },
    reorg(from, length) {
      if (from < 1n || from > BigInt(chain.length))
        throw new Error(`fake L1: cannot reorg at ${from}, the chain has blocks 0 to ${chain.length - 1}`)
      fork++
      chain = chain.slice(0, Number(from))
      return l1.mine(length)
    },
    at(number) {
      const header = chain[Number(number)]
      if (header === undefined) throw new Error(`fake L1: no block ${number}, the head is ${l1.head.number}`)
      return header
    },
    setLabel(label, number) {
      labels[label] = number
    },
    setStorage(address, slot, value) {
      storage.set(`${address.toLowerCase()} ${slot}`, value)
    },
    withPriority: () => l1,
    chainId: () => answer('chainId', () => chainId),
    headerByLabel: (label) => answer('headerByLabel', () => labelled(label) ?? null),
    headerByNumber: (number) => answer('headerByNumber', () => chain[Number(number)] ?? null),
    headerByHash: (hash) => answer('headerByHash', () => byHash.get(hash)?.header ?? null),
    transactionsByHash: (hash) =>
      answer('transactionsByHash', () => {
        const block = byHash.get(hash)
        return block === undefined ? null : (block.body.transactions ?? [])
      }),
    receiptsByHash: (hash) =>
      answer('receiptsByHash', () => {
        const block = byHash.get(hash)
        return block === undefined ? null : (block.body.receipts ?? [])
      }),
    storageAt: (address, slot) =>
      answer('storageAt', () => storage.get(`${address.toLowerCase()} ${slot}`) ?? zero),
  }
  return l1
}
