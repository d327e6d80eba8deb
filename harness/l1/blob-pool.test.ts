import type { Hash, Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { decodeBlob } from '../../node/protocol/blob.ts'
import { hexToBytes } from '../../node/protocol/bytes.ts'
import { keccak256 } from '../../node/protocol/hash.ts'
import { signBlobTransaction } from '../batcher/blob-transaction.ts'
import { l1AccountOf } from '../batcher/l1-account.ts'
import { createBlobPool } from './blob-pool.ts'

const account = l1AccountOf(`0x${'11'.repeat(32)}`)
/** Commitments and proofs are not looked into here: one byte of the payload makes each its own. */
const kzg = {
  commitment: async (blob: Uint8Array) => new Uint8Array(48).fill(blob[5]!),
  proof: async (blob: Uint8Array) => new Uint8Array(48).fill(blob[5]! + 1),
}
const fields = {
  chainId: 900,
  nonce: 0,
  to: account.address,
  gas: 21_000n,
  maxFeePerGas: 2n,
  maxPriorityFeePerGas: 1n,
  maxFeePerBlobGas: 1n,
}
const sign = (...bytes: number[]) =>
  signBlobTransaction(
    account,
    kzg,
    fields,
    bytes.map((byte) => Uint8Array.of(byte)),
  )

/** The versioned hashes that a transaction without its blobs names: the last ones of its body that begin with 0x01. */
const hashesIn = (raw: Hex) => [...raw.matchAll(/a0(01[0-9a-f]{62})/g)].map(([, hash]) => `0x${hash}` as Hash)

describe('pool of blobs', () => {
  it('keeps the blobs of a transaction and returns it as it is known', async () => {
    const pool = createBlobPool()
    const { hash, raw } = await sign(7, 8)
    const known = pool.take(raw)
    expect(keccak256(hexToBytes(known))).toBe(hash)
    expect(known.length).toBeLessThan(500)
    const blobs = hashesIn(known).map((name) => pool.get(name))
    expect(blobs.map((one) => decodeBlob(one!.blob)[0])).toEqual([7, 8])
    expect(blobs.map((one) => [one!.commitment[0], one!.proof[0]])).toEqual([
      [7, 8],
      [8, 9],
    ])
  })

  it('lets other transactions pass', () => {
    expect(createBlobPool().take('0x02c0')).toBe('0x02c0')
    expect(createBlobPool().take('0xf86c')).toBe('0xf86c')
  })

  it('refuses a blob transaction without blobs, or with others than it names', async () => {
    const pool = createBlobPool()
    const { raw } = await sign(7)
    expect(() => pool.take(pool.take(raw))).toThrow('expected a blob transaction with its blobs')
    const commitment = `b0${'07'.repeat(48)}`
    expect(() => pool.take(raw.replace(commitment, `b0${'09'.repeat(48)}`) as Hex)).toThrow(
      /^expected the blobs 0x01/,
    )
  })

  it('forgets the oldest', async () => {
    const pool = createBlobPool(2)
    const names: Hash[] = []
    for (const byte of [1, 2, 3]) names.push(...hashesIn(pool.take((await sign(byte)).raw)))
    expect(names.map((name) => pool.get(name) !== undefined)).toEqual([false, true, true])
  })
})
