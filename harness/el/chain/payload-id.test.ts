import { describe, expect, it } from 'vitest'
import type { PayloadAttributes } from '../../../node/protocol/payload.ts'
import { payloadIdOf } from './payload-id.ts'

const hash = (byte: string) => `0x${byte.repeat(32)}` as const
const attributes: PayloadAttributes = {
  timestamp: 10n,
  prevRandao: hash('01'),
  suggestedFeeRecipient: `0x${'42'.repeat(20)}`,
  withdrawals: [],
  parentBeaconBlockRoot: hash('02'),
  transactions: ['0x7e01'],
  noTxPool: false,
  gasLimit: 30_000_000n,
  eip1559Params: '0x000000fa00000006',
  minBaseFee: 0n,
}
const id = (over: Partial<PayloadAttributes> = {}, parent = hash('aa')) =>
  payloadIdOf(parent, { ...attributes, ...over }, 3)

describe('payloadIdOf', () => {
  it('is the same for the same job, and carries the version of the call', () => {
    expect(id()).toBe(id())
    expect(id()).toMatch(/^0x03[0-9a-f]{14}$/)
    expect(payloadIdOf(hash('aa'), attributes, 2)).toBe(id().replace('0x03', '0x02'))
  })

  it.each<[string, Partial<PayloadAttributes>]>([
    ['timestamp', { timestamp: 11n }],
    ['prevRandao', { prevRandao: hash('03') }],
    ['fee recipient', { suggestedFeeRecipient: `0x${'43'.repeat(20)}` }],
    ['beacon root', { parentBeaconBlockRoot: hash('03') }],
    ['transactions', { transactions: ['0x7e02'] }],
    ['one transaction more', { transactions: ['0x7e01', '0x7e01'] }],
    ['noTxPool', { noTxPool: true }],
    ['gas limit', { gasLimit: 30_000_001n }],
    ['EIP-1559 parameters', { eip1559Params: '0x000000fa00000007' }],
    ['minimum base fee', { minBaseFee: 1n }],
  ])('depends on %s', (_name, over) => expect(id(over)).not.toBe(id()))

  it('depends on the parent', () => expect(id({}, hash('bb'))).not.toBe(id()))
})
