import fc from 'fast-check'
import type { Address, Hash, Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { beforeEach, describe, expect, it } from 'vitest'
import { encodeDepositTransaction } from '../../../node/protocol/deposit-transaction.ts'
import { TransactionDecoder } from '../execution/decode-transaction.ts'
import type { ExecutedBlock } from '../execution/types.ts'
import { byPriceAndNonce, type QueuedTransaction } from './ordering.ts'
import type { PoolTransaction } from './pool-transaction.ts'
import { decodePoolTransaction } from './pool-transaction.ts'
import { type PoolChain, TransactionPool } from './transaction-pool.ts'

const decoder = new TransactionDecoder(901n)
const decode = (raw: Hex) => decodePoolTransaction(raw, decoder, { isCanyon: true, isIsthmus: true })
const keys: readonly Hex[] = [`0x${'11'.repeat(32)}`, `0x${'22'.repeat(32)}`, `0x${'33'.repeat(32)}`]
const accounts = keys.map((key) => privateKeyToAccount(key))
const address = (index: number) => accounts[index]?.address.toLowerCase() as Address

const nonces = new Map<Address, bigint>()
let hasGasCap = false
const chain: PoolChain = {
  blockGasLimit: () => 30_000_000n,
  hasGasCap: () => hasGasCap,
  decode,
  account: async (who) => ({ nonce: nonces.get(who) ?? 0n, balance: 10n ** 18n }),
  extraCost: async () => 0n,
}

async function sign(sender: number, nonce: number, tip = 1n, over: object = {}): Promise<Hex> {
  const fields = {
    chainId: 901,
    nonce,
    to: address(0),
    gas: 21_000n,
    maxFeePerGas: 1_000n,
    maxPriorityFeePerGas: tip,
  }
  return (accounts[sender] as (typeof accounts)[0]).signTransaction({ type: 'eip1559', ...fields, ...over })
}

/** A block with these transactions, as far as the pool looks at one. */
function block(...raws: Hex[]): ExecutedBlock {
  const transactions = raws.map(decode)
  return { transactions } as unknown as ExecutedBlock
}
const change = (added: readonly ExecutedBlock[], removed: readonly ExecutedBlock[] = []) => ({
  added,
  removed,
  head: block(),
})

const deposit = encodeDepositTransaction({
  sourceHash: `0x${'01'.repeat(32)}`,
  from: address(0),
  to: null,
  mint: 0n,
  value: 0n,
  gas: 1n,
  isSystemTransaction: false,
  data: '0x',
})

let pool: TransactionPool
beforeEach(() => {
  nonces.clear()
  hasGasCap = false
  pool = new TransactionPool({
    chain,
    turn: () => Promise.resolve(),
    transactionsMax: 4,
    transactionsPerSenderMax: 3,
  })
})
const best = (baseFee = 0n) => [...pool.best(baseFee)]

describe('TransactionPool', () => {
  it('gives by tip, then by age, and each sender by nonce', async () => {
    const [a0, a1, b0, c0] = [
      await sign(0, 0, 5n),
      await sign(0, 1, 9n),
      await sign(1, 0, 7n),
      await sign(2, 0, 5n),
    ]
    for (const raw of [a1, a0, c0, b0]) await pool.add(raw)
    // a0 is as good as c0 and came earlier; once it is in, a1 is better than c0.
    expect(best()).toEqual([b0, a0, a1, c0])
  })

  it('keeps what waits for an earlier nonce out of blocks', async () => {
    await pool.add(await sign(0, 1))
    expect(best()).toEqual([])
    expect(pool.content().queued.size).toBe(1)
    expect(pool.pendingNonce(address(0))).toBe(0n)
    await pool.add(await sign(0, 0))
    expect(best()).toHaveLength(2)
    expect(pool.content().queued.size).toBe(0)
    expect(pool.pendingNonce(address(0))).toBe(2n)
  })

  it('leaves out what cannot pay the base fee, with everything after it', async () => {
    await pool.add(await sign(0, 0, 1n, { maxFeePerGas: 10n }))
    await pool.add(await sign(0, 1))
    expect(best(10n)).toHaveLength(2)
    expect(best(11n)).toEqual([])
  })

  it('replaces at ten percent more', async () => {
    await pool.add(await sign(0, 0, 10n))
    await expect(pool.add(await sign(0, 0, 10n, { maxFeePerGas: 1_100n }))).rejects.toThrow(/underpriced/)
    const better = await sign(0, 0, 11n, { maxFeePerGas: 1_100n })
    await pool.add(better)
    expect(best()).toEqual([better])
    expect(pool.size).toBe(1)
  })

  it('is bounded per sender and in total, and gives up the cheapest first', async () => {
    for (const nonce of [0, 1, 2]) await pool.add(await sign(0, nonce, 2n))
    await expect(pool.add(await sign(0, 3, 9n))).rejects.toThrow(/account limit exceeded: 3/)
    await pool.add(await sign(1, 0, 5n))
    await expect(pool.add(await sign(2, 0, 2n))).rejects.toThrow(/txpool is full/)
    await pool.add(await sign(2, 0, 3n))
    expect(pool.size).toBe(4)
    expect(pool.pendingNonce(address(0))).toBe(2n)
  })

  it.each([
    ['a deposit', deposit, /type not supported: 0x7e/],
    ['a blob transaction', '0x03c0', /unsupported type.*found 3/],
    ['no bytes', '0x', /unsupported type|undecodable/],
    ['rubbish', '0x02ff', /undecodable/],
    ['too long', `0x02${'00'.repeat(128 * 1024)}`, /oversized data/],
  ])('refuses %s', async (_name, raw, expected) => {
    await expect(pool.add(raw as Hex)).rejects.toThrow(expected)
  })

  it('refuses a known transaction, another chain, and one without a signature', async () => {
    const raw = await sign(0, 0)
    await pool.add(raw)
    await expect(pool.add(raw)).rejects.toThrow('already known')
    await expect(pool.add(await sign(0, 1, 1n, { chainId: 1 }))).rejects.toThrow(
      /wrong chain id: expected 901, found 1/,
    )
  })

  it('lets go what is in a block, and what the new nonce makes impossible', async () => {
    const [first, second] = [await sign(0, 0), await sign(0, 1)]
    const elsewhere = await sign(0, 0, 1n, { value: 5n })
    for (const raw of [first, second]) await pool.add(raw)
    nonces.set(address(0), 1n)
    await pool.reset(change([block(elsewhere)]))
    expect(best()).toEqual([second])
    nonces.set(address(0), 2n)
    await pool.reset(change([block(second)]))
    expect(pool.size).toBe(0)
  })

  it('takes back what fell out of the chain, oldest block first', async () => {
    const [first, second, kept] = [await sign(0, 0), await sign(0, 1), await sign(1, 0)]
    await pool.reset(change([block(kept)], [block(second), block(first, kept)]))
    expect(best()).toEqual([first, second])
  })

  it('drops what a builder refused, and keeps what comes after it', async () => {
    const [first, second] = [await sign(0, 0), await sign(0, 1)]
    const hashes: Hash[] = []
    for (const raw of [first, second]) hashes.push(await pool.add(raw))
    pool.reject(hashes.map((hash) => ({ hash, reason: 'test' })))
    expect(best()).toEqual([])
    await pool.add(first)
    expect(best()).toEqual([first, second])
  })

  it('EIP-7825: lets go what asks for more than the cap when the chain reaches Karst', async () => {
    const [big, small] = [
      await sign(0, 0, 1n, { gas: 16_777_217n }),
      await sign(1, 0, 1n, { gas: 16_777_216n }),
    ]
    for (const raw of [big, small]) await pool.add(raw)
    hasGasCap = true
    await pool.reset(change([block()]))
    expect(best()).toEqual([small])
    await expect(pool.add(big)).rejects.toThrow(/gas limit too high/)
  })

  it('counts its changes', async () => {
    const before = pool.version
    await pool.add(await sign(0, 0))
    expect(pool.version).toBeGreaterThan(before)
  })
})

describe('byPriceAndNonce', () => {
  it('never gives a nonce before an earlier one, nor a worse head before a better one', () => {
    const queues = fc.array(fc.array(fc.nat(20), { maxLength: 5 }), { maxLength: 8 })
    fc.assert(
      fc.property(queues, fc.nat(20), (tips, baseFee) => {
        let arrival = 0
        const senders = new Map(
          tips.map((list, sender) => [
            `0x${sender}` as Address,
            list.map((tip, nonce): QueuedTransaction => {
              const fields = {
                from: `0x${sender}` as Address,
                nonce: BigInt(nonce),
                raw: `0x${sender}:${nonce}`,
              }
              const price = { maxFeePerGas: BigInt(tip), maxPriorityFeePerGas: BigInt(tip) }
              return {
                transaction: { ...fields, ...price } as unknown as PoolTransaction,
                arrival: arrival++,
              }
            }),
          ]),
        )
        const position = new Map<Address, number>()
        for (const given of byPriceAndNonce(senders, BigInt(baseFee))) {
          expect(given.nonce).toBe(BigInt(position.get(given.from) ?? 0))
          for (const [from, queue] of senders) {
            const head = queue[position.get(from) ?? 0]?.transaction
            if (head !== undefined) expect(head.maxFeePerGas).toBeLessThanOrEqual(given.maxFeePerGas)
          }
          position.set(given.from, (position.get(given.from) ?? 0) + 1)
        }
        for (const [from, queue] of senders) {
          const next = queue[position.get(from) ?? 0]?.transaction
          if (next !== undefined) expect(next.maxFeePerGas).toBeLessThan(BigInt(baseFee))
        }
      }),
    )
  })
})
