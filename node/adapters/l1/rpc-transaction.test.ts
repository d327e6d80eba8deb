import { type Hex, keccak256, parseTransaction, type TransactionSerializable, toHex } from 'viem'
import { privateKeyToAccount, sign } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { recoverKey } from '../secp256k1/recover-key.ts'
import {
  encodeRpcTransaction,
  recoverSender,
  rpcSignedTransaction,
  rpcUnknownTransaction,
} from './rpc-transaction.ts'

const account = privateKeyToAccount(`0x${'03'.repeat(32)}`)
const other = privateKeyToAccount(`0x${'04'.repeat(32)}`)
const to = '0x00000000000000000000000000000000000000aa'
const accessList = [{ address: to, storageKeys: [`0x${'11'.repeat(32)}`] }] as const
const call = { to, value: 5n, nonce: 0, gas: 21_000n, data: '0x00ff' } as const

/** What viem, an independent implementation, makes of the transaction: its bytes and its JSON-RPC form. */
async function viemTransaction(
  transaction: TransactionSerializable,
): Promise<{ raw: Hex; json: Record<string, unknown> }> {
  const raw = await account.signTransaction(transaction as Parameters<typeof account.signTransaction>[0])
  const parsed = parseTransaction(raw)
  const types = { legacy: '0x0', eip2930: '0x1', eip1559: '0x2', eip4844: '0x3', eip7702: '0x4' } as const
  const quantity = (value: bigint | number | undefined) => (value === undefined ? undefined : toHex(value))
  const json: Record<string, unknown> = {
    type: types[parsed.type as keyof typeof types],
    hash: keccak256(raw),
    from: account.address,
    to: parsed.to ?? null,
    input: parsed.data ?? '0x',
    nonce: quantity(parsed.nonce ?? 0),
    gas: quantity(parsed.gas),
    value: quantity(parsed.value ?? 0n),
    gasPrice: parsed.maxFeePerGas === undefined ? quantity(parsed.gasPrice ?? 0n) : undefined,
    maxFeePerGas: quantity(parsed.maxFeePerGas),
    maxPriorityFeePerGas:
      parsed.maxFeePerGas === undefined ? undefined : quantity(parsed.maxPriorityFeePerGas ?? 0n),
    maxFeePerBlobGas: quantity(parsed.maxFeePerBlobGas),
    blobVersionedHashes: parsed.blobVersionedHashes,
    accessList: parsed.type === 'legacy' ? undefined : (parsed.accessList ?? []),
    chainId: quantity(parsed.chainId),
    r: quantity(BigInt(parsed.r as Hex)),
    s: quantity(BigInt(parsed.s as Hex)),
    v: parsed.type === 'legacy' ? quantity(parsed.v) : quantity(parsed.yParity),
    yParity: parsed.type === 'legacy' ? undefined : quantity(parsed.yParity),
    authorizationList: parsed.authorizationList?.map((item) => ({
      chainId: toHex(item.chainId),
      address: item.address,
      nonce: toHex(item.nonce),
      yParity: toHex(item.yParity as number),
      r: toHex(BigInt(item.r as Hex)),
      s: toHex(BigInt(item.s as Hex)),
    })),
  }
  return { raw, json: Object.fromEntries(Object.entries(json).filter(([, value]) => value !== undefined)) }
}

const fees = { maxFeePerGas: 9n, maxPriorityFeePerGas: 0n }
const transactions: [string, () => Promise<TransactionSerializable>][] = [
  ['legacy without replay protection', async () => ({ ...call, type: 'legacy', gasPrice: 7n })],
  ['legacy with replay protection', async () => ({ ...call, type: 'legacy', gasPrice: 7n, chainId: 900 })],
  ['legacy of a large chain id', async () => ({ ...call, type: 'legacy', gasPrice: 7n, chainId: 2 ** 40 })],
  [
    'legacy creation',
    async () => ({ type: 'legacy', gasPrice: 0n, chainId: 1, nonce: 300, gas: 1n, data: '0x60' }),
  ],
  ['access list', async () => ({ ...call, type: 'eip2930', gasPrice: 7n, chainId: 900, accessList })],
  ['fee market', async () => ({ ...call, type: 'eip1559', ...fees, chainId: 900 })],
  [
    'fee market with access list',
    async () => ({ ...call, type: 'eip1559', ...fees, chainId: 900, accessList }),
  ],
  ['fee market creation', async () => ({ type: 'eip1559', ...fees, chainId: 900, nonce: 127, gas: 128n })],
  [
    'blobs',
    async () => ({
      ...call,
      type: 'eip4844',
      ...fees,
      chainId: 900,
      maxFeePerBlobGas: 3n,
      blobVersionedHashes: [`0x01${'22'.repeat(31)}`],
    }),
  ],
  [
    'set code',
    async () => ({
      ...call,
      type: 'eip7702',
      ...fees,
      chainId: 900,
      authorizationList: [
        {
          address: to,
          chainId: 0,
          nonce: 0,
          ...(await sign({ hash: `0x${'55'.repeat(32)}`, privateKey: `0x${'05'.repeat(32)}` })),
        } as never,
      ],
    }),
  ],
]

describe('JSON-RPC transactions', () => {
  it.each(transactions)('%s: same bytes as viem, and its sender', async (_, make) => {
    const { raw, json } = await viemTransaction(await make())
    const tx = rpcSignedTransaction.parse(json)
    expect(encodeRpcTransaction(tx)).toBe(raw)
    expect(recoverSender(tx, recoverKey)).toBe(account.address.toLowerCase())
  })

  it.each(transactions)('%s: refuses a changed field', async (_, make) => {
    const { json } = await viemTransaction(await make())
    const tx = rpcSignedTransaction.parse({ ...json, value: '0x999' })
    expect(() => encodeRpcTransaction(tx)).toThrow(/its fields encode to another transaction/)
    expect(() => recoverSender(tx, recoverKey)).toThrow(
      /expected the sender 0x[0-9a-f]{40} that signed it|signature is not valid/,
    )
  })

  it('refuses a sender that did not sign', async () => {
    const { json } = await viemTransaction({ ...call, type: 'eip1559', ...fees, chainId: 900 })
    const tx = rpcSignedTransaction.parse({ ...json, from: other.address })
    expect(() => recoverSender(tx, recoverKey)).toThrow(
      `expected the sender ${account.address.toLowerCase()} that signed it, the server says ${other.address.toLowerCase()}`,
    )
  })

  it.each([
    ['r of zero', { r: '0x0' }],
    ['s above the order', { s: `0x${'ff'.repeat(32)}` }],
  ])('refuses a signature with %s', async (_, change) => {
    const { json } = await viemTransaction({ ...call, type: 'eip1559', ...fees, chainId: 900 })
    expect(() => recoverSender(rpcSignedTransaction.parse({ ...json, ...change }), recoverKey)).toThrow(
      /signature is not valid/,
    )
  })

  it('knows that a type it does not know is one, and no malformed known one', async () => {
    const { json } = await viemTransaction({ ...call, type: 'eip1559', ...fees, chainId: 900 })
    expect(rpcSignedTransaction.safeParse({ ...json, type: '0x5' }).success).toBe(false)
    expect(rpcUnknownTransaction.safeParse({ ...json, type: '0x5' }).success).toBe(true)
    expect(rpcUnknownTransaction.safeParse({ ...json, nonce: 'x' }).success).toBe(false)
  })

  it('takes a long input', async () => {
    const data: Hex = `0x${'ab'.repeat(500_000)}`
    const { raw, json } = await viemTransaction({ ...call, data, type: 'eip1559', ...fees, chainId: 900 })
    expect(encodeRpcTransaction(rpcSignedTransaction.parse(json))).toBe(raw)
  })
})
