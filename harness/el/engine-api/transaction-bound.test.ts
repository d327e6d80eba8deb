import { expect, it } from 'vitest'
import { encodeDepositTransaction } from '../../../node/protocol/deposit-transaction.ts'
import { exceedsGasLimit } from './transaction-bound.ts'

const shortestDeposit = encodeDepositTransaction({
  sourceHash: `0x${'ab'.repeat(32)}`,
  from: `0x${'aa'.repeat(20)}`,
  to: null,
  mint: 0n,
  value: 0n,
  gas: 0n,
  isSystemTransaction: false,
  data: '0x',
})
const many = (count: number, raw: unknown) => Array(count).fill(raw)
/** Gas for ten that pay the least, and for one that ends with a refund. */
const gasLimit = `0x${(168_000).toString(16)}`

it.each([
  ['as many as the gas limit has', { gasLimit, transactions: many(11, '0x02') }, true],
  ['one more', { gasLimit, transactions: many(12, '0x02') }, false],
  ['empty ones', { gasLimit, transactions: many(12, '0x') }, false],
  ['any number of deposits', { gasLimit, transactions: many(1_000, shortestDeposit) }, true],
  [
    'what is too short to be a deposit',
    { gasLimit, transactions: many(12, shortestDeposit.slice(0, -2)) },
    false,
  ],
  ['deposits and a few of users', { gasLimit, transactions: [...many(100, shortestDeposit), '0x02'] }, true],
  ['what is no text', { gasLimit, transactions: many(12, null) }, false],
  ['no gas for any, and none', { gasLimit: '0x0', transactions: [] }, true],
])('of %s', (_, json, isFine) => {
  expect(exceedsGasLimit(json)).toEqual(isFine ? null : expect.stringMatching(/^transactions: expected/))
})

it.each([
  [null],
  ['text'],
  [{}],
  [{ gasLimit: 'much', transactions: many(12, '0x') }],
  [{ gasLimit: `0x1${'0'.repeat(16)}`, transactions: many(12, '0x') }],
  [{ gasLimit, transactions: 'none' }],
])('leaves %j to the schema', (json) => {
  expect(exceedsGasLimit(json)).toBeNull()
})
