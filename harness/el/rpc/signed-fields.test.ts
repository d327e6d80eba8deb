import { type Hex, type TransactionSerializable, toHex, toRlp } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { parseTransaction } from 'viem/utils'
import { describe, expect, it } from 'vitest'
import { signedFieldsToJson } from './signed-fields.ts'

const account = privateKeyToAccount(`0x${'03'.repeat(32)}`)
const to = `0x${'aa'.repeat(20)}` as const
const storageKeys = [`0x${'00'.repeat(31)}11`, `0x${'22'.repeat(32)}`] as const
const call = { to, value: 5n, nonce: 7, gas: 21_000n, data: '0x00ff' } as const
const fees = { maxFeePerGas: 9n, maxPriorityFeePerGas: 0n }
const accessList = [{ address: to, storageKeys }]

const transactions: [string, TransactionSerializable][] = [
  ['legacy', { ...call, type: 'legacy', gasPrice: 9n, chainId: 901 }],
  ['legacy without a chain', { ...call, type: 'legacy', gasPrice: 9n }],
  ['creation', { ...call, to: null, type: 'legacy', gasPrice: 9n, chainId: 901 }],
  ['access list', { ...call, type: 'eip2930', gasPrice: 9n, chainId: 901, accessList }],
  ['fee market', { ...call, value: 0n, nonce: 0, data: '0x', type: 'eip1559', ...fees, chainId: 901 }],
]

const quantity = (value: bigint | number | Hex | undefined) => toHex(BigInt(value ?? 0))

describe('fields of a signed transaction', () => {
  it.each(transactions)('%s: as viem reads them', async (_, transaction) => {
    const raw = await account.signTransaction(transaction)
    const theirs = parseTransaction(raw)
    const isTyped = theirs.type !== 'legacy'
    const ours = signedFieldsToJson(raw)
    expect(ours).toEqual({
      type: isTyped ? raw.slice(0, 4).replace('0x0', '0x') : '0x0',
      chainId: theirs.chainId === undefined ? undefined : quantity(theirs.chainId),
      nonce: quantity(theirs.nonce),
      gas: quantity(theirs.gas),
      to: theirs.to ?? null,
      value: quantity(theirs.value),
      input: theirs.data ?? '0x',
      r: quantity(theirs.r),
      s: quantity(theirs.s),
      v: quantity(isTyped ? theirs.yParity : theirs.v),
      ...(isTyped && { yParity: quantity(theirs.yParity), accessList: theirs.accessList ?? [] }),
      ...(theirs.type === 'eip1559' && { maxFeePerGas: '0x9', maxPriorityFeePerGas: '0x0' }),
    })
  })

  it('set code: with its authorizations', () => {
    const tuple = ['0x', to, '0x05', '0x01', '0x06', '0x07'] as const
    const body: Parameters<typeof toRlp>[0] = [
      ...(['0x0385', '0x', '0x01', '0x02', '0x5208', to, '0x', '0x'] as const),
      [[to, storageKeys]],
      [tuple],
      ...(['0x', '0x08', '0x09'] as const),
    ]
    expect(signedFieldsToJson(`0x04${toRlp(body).slice(2)}`)).toEqual({
      type: '0x4',
      chainId: '0x385',
      nonce: '0x0',
      maxPriorityFeePerGas: '0x1',
      maxFeePerGas: '0x2',
      gas: '0x5208',
      to,
      value: '0x0',
      input: '0x',
      accessList,
      authorizationList: [{ chainId: '0x0', address: to, nonce: '0x5', yParity: '0x1', r: '0x6', s: '0x7' }],
      v: '0x0',
      yParity: '0x0',
      r: '0x8',
      s: '0x9',
    })
  })
})
