import type { Hash, Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { forksActiveFrom } from '../../../node/config/forks.ts'
import { TransactionDecoder } from './decode-transaction.ts'
import { blobGasOf } from './signed.ts'
import {
  alice,
  bob,
  carol,
  chainId,
  lower,
  sign,
  TestChain,
  testGenesis,
  word,
} from './testing/test-chain.ts'
import { TransactionError } from './transaction.ts'

/** Where e² is the price of blobs of which two are above the target. */
const limits = { target: 1n, max: 3n, updateFraction: 131_072n }
const gasPerBlob = 131_072n
const blobHash = (salt: number) => `0x01${salt.toString(16).padStart(62, '0')}` as Hash

const blobTransaction = (
  account: typeof alice,
  nonce: number,
  blobs: number,
  over: Readonly<Record<string, unknown>> = {},
): Promise<Hex> =>
  sign(account, {
    ...{ nonce, to: bob.address, type: 'eip4844', maxFeePerBlobGas: 1_000_000n },
    blobVersionedHashes: Array.from({ length: blobs }, (_, at) => blobHash(at + 1)),
    ...over,
  } as never)

/** An L1 with blobs, as the simulated world has one; the L1 fee is none. */
async function start(): Promise<TestChain> {
  const genesis = testGenesis({ forks: forksActiveFrom('isthmus'), l1Block: { 1: 0n, 3: 0n, 7: 0n, 8: 0n } })
  return TestChain.startFrom({ ...genesis, config: { ...genesis.config, blobs: limits } })
}

const balance = (chain: TestChain, account: typeof alice) => chain.view.balance(lower(account.address))

describe('a chain with blob transactions (EIP-4844)', () => {
  it('counts their blob gas, and prices it by what is above the target', async () => {
    const chain = await start()
    const first = await chain.next([await blobTransaction(alice, 0, 3)])
    expect(first.header).toMatchObject({ blobGasUsed: 3n * gasPerBlob, excessBlobGas: 0n })
    const second = await chain.next([await blobTransaction(alice, 1, 1)])
    expect(second.header).toMatchObject({ blobGasUsed: gasPerBlob, excessBlobGas: 2n * gasPerBlob })
    expect((await chain.next()).header).toMatchObject({ blobGasUsed: 0n, excessBlobGas: 2n * gasPerBlob })
    expect((await chain.next()).header).toMatchObject({ blobGasUsed: 0n, excessBlobGas: gasPerBlob })
  })

  it('burns what the blobs cost', async () => {
    const chain = await start()
    await chain.next([await blobTransaction(carol, 0, 3)])
    const before = await balance(chain, alice)
    const { header, receipts } = await chain.next([await blobTransaction(alice, 0, 2)])
    // e^2, rounded down.
    expect(header.excessBlobGas).toBe(2n * gasPerBlob)
    const { gasUsed, effectiveGasPrice } = receipts.at(-1)!
    expect(before - (await balance(chain, alice))).toBe(gasUsed * effectiveGasPrice + 2n * gasPerBlob * 7n)
  })

  it('tells contracts their hashes and their price', async () => {
    // SSTORE(0, BLOBHASH(1)), SSTORE(1, BLOBBASEFEE)
    const code = '0x6001495f554a60015500' as const
    const genesis = testGenesis({
      forks: forksActiveFrom('isthmus'),
      alloc: { [bob.address]: { code, nonce: 1n } },
    })
    const chain = await TestChain.startFrom({ ...genesis, config: { ...genesis.config, blobs: limits } })
    await chain.next([await blobTransaction(carol, 0, 3)])
    await chain.next([await blobTransaction(alice, 0, 2)])
    const slot = (at: bigint) => chain.view.storage(lower(bob.address), word(at))
    expect(await slot(0n)).toBe(blobHash(2))
    expect(await slot(1n)).toBe(word(7n))
  })

  it('takes as many as a block may have, and leaves the others for the next one', async () => {
    const chain = await start()
    const pool = [await blobTransaction(alice, 0, 2), await blobTransaction(carol, 0, 2)]
    const { block, rejected } = await chain.build(chain.attributes([], { noTxPool: false }), pool)
    expect(block.header.blobGasUsed).toBe(2n * gasPerBlob)
    expect(rejected).toEqual([])
    const later = await chain.build(chain.attributes([], { noTxPool: false }), pool.slice(1))
    expect(later.block.header.blobGasUsed).toBe(2n * gasPerBlob)
  })

  it('takes none that offers too little for its blobs, or cannot pay them', async () => {
    const chain = await start()
    await chain.next([await blobTransaction(carol, 0, 3)])
    await expect(chain.next([await blobTransaction(alice, 0, 1, { maxFeePerBlobGas: 6n })])).rejects.toThrow(
      'blob fee cap below blob base fee: expected at least 7, found 6',
    )
    const rich = 10n ** 21n / gasPerBlob
    await expect(
      chain.next([await blobTransaction(alice, 0, 1, { maxFeePerBlobGas: rich })]),
    ).rejects.toThrow('insufficient funds')
  })

  it('accepts its own blocks, and none with another excess or blob gas', async () => {
    const [maker, reader] = [await start(), await start()]
    await reader.accept(await maker.next([await blobTransaction(alice, 0, 3)]))
    const block = await maker.next([await blobTransaction(alice, 1, 1)])
    const changed = (fields: object) => ({
      ...block,
      envelope: { ...block.envelope, payload: { ...block.envelope.payload, ...fields } },
    })
    await expect(reader.accept(changed({ excessBlobGas: 0n }))).rejects.toThrow('excessBlobGas')
    await expect(reader.accept(changed({ blobGasUsed: 0n }))).rejects.toThrow('blobGasUsed')
    expect((await reader.accept(block)).hash).toBe(block.hash)
  })
})

describe('a blob transaction', () => {
  const decoder = new TransactionDecoder(BigInt(chainId), 3n)

  it('has its hashes, and the blob gas of each', async () => {
    const decoded = decoder.decode(await blobTransaction(alice, 5, 2))
    expect(decoded).toMatchObject({
      ...{ type: 3, nonce: 5n, from: lower(alice.address), to: lower(bob.address) },
      blobs: { versionedHashes: [blobHash(1), blobHash(2)], maxFeePerBlobGas: 1_000_000n },
    })
    expect(blobGasOf(decoded as never)).toBe(2n * gasPerBlob)
  })

  it.each([
    ['more blobs than a block takes', 4, {}],
    ['a hash of another version', 1, { blobVersionedHashes: [blobHash(1).replace('0x01', '0x02')] }],
  ])('is none with %s', async (_name, count, over) => {
    // viem signs no hash of another version.
    const raw = (await blobTransaction(alice, 0, count)).replaceAll(
      'blobVersionedHashes' in over ? blobHash(1).slice(2) : 'no such text',
      (over as { blobVersionedHashes?: readonly string[] }).blobVersionedHashes?.[0]?.slice(2) ?? '',
    ) as Hex
    expect(() => decoder.decode(raw)).toThrow(TransactionError)
    expect(() => decoder.decode(raw)).toThrow('blobs out of bounds')
  })

  it('is refused where the chain takes none, as every L2 does', async () => {
    const raw = await blobTransaction(alice, 0, 1)
    expect(() => new TransactionDecoder(BigInt(chainId)).decode(raw)).toThrow(
      'blob transactions are disabled',
    )
  })
})
