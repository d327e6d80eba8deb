import { describe, expect, it } from 'vitest'
import type { PoolTransaction } from './pool-transaction.ts'
import { checkReplacement, checkTransaction, type PoolRuleInput } from './rules.ts'

const transaction: PoolTransaction = {
  raw: '0x',
  hash: `0x${'01'.repeat(32)}`,
  type: 2,
  from: '0x00000000000000000000000000000000000000aa',
  to: null,
  nonce: 5n,
  value: 100n,
  gasLimit: 21_000n,
  minimumGas: 21_000n,
  maxFeePerGas: 10n,
  maxPriorityFeePerGas: 2n,
  maxBlobFee: 0n,
}
const cost = 21_000n * 10n + 100n
const input: PoolRuleInput = {
  blockGasLimit: 30_000_000n,
  hasGasCap: false,
  nonce: 5n,
  balance: cost + 7n,
  extraCost: 7n,
}

const rich = { balance: 10n ** 18n }

describe('checkTransaction', () => {
  it.each<[string, Partial<PoolTransaction>, Partial<PoolRuleInput>, RegExp | null]>([
    ['as it should be', {}, {}, null],
    ['a nonce gap', { nonce: 9n }, {}, null],
    ['a fee below the base fee of any block', { maxFeePerGas: 2n }, {}, null],
    ['more gas than a block', { gasLimit: 30_000_001n }, {}, /^exceeds block gas limit/],
    ['EIP-7825: much gas before Karst', { gasLimit: 16_777_217n }, rich, null],
    ['EIP-7825: the cap itself', { gasLimit: 16_777_216n }, { ...rich, hasGasCap: true }, null],
    [
      'EIP-7825: one above the cap',
      { gasLimit: 16_777_217n },
      { ...rich, hasGasCap: true },
      /^transaction gas limit too high: cap 16777216, tx 16777217/,
    ],
    ['a tip above the fee cap', { maxPriorityFeePerGas: 11n }, {}, /^max priority fee per gas higher/],
    ['too little gas', { gasLimit: 20_999n }, {}, /^intrinsic gas too low/],
    ['the last nonce', { nonce: 2n ** 64n - 1n }, {}, /^nonce has max value/],
    ['a used nonce', { nonce: 4n }, {}, /^nonce too low: .* tx: 4 state: 5/],
    ['one wei too little', {}, { balance: cost + 6n }, /^insufficient funds .* overshot 1$/],
    ['not enough for the L1 fee', {}, { balance: cost }, /^insufficient funds .* overshot 7$/],
  ])('%s', (_name, overTransaction, overInput, expected) => {
    const found = checkTransaction({ ...transaction, ...overTransaction }, { ...input, ...overInput })
    if (expected === null) expect(found).toBeNull()
    else expect(found).toMatch(expected)
  })
})

describe('checkReplacement', () => {
  const old = { ...transaction, maxFeePerGas: 100n, maxPriorityFeePerGas: 10n }
  it.each([
    ['ten percent more of both', 110n, 11n, true],
    ['fee cap one short', 109n, 11n, false],
    ['tip not raised', 200n, 10n, false],
    ['nothing raised', 100n, 10n, false],
    ['the tip lowered', 110n, 9n, false],
  ])('%s', (_name, maxFeePerGas, maxPriorityFeePerGas, allowed) => {
    expect(checkReplacement(old, { ...old, maxFeePerGas, maxPriorityFeePerGas }) === null).toBe(allowed)
  })

  it('needs a real rise even where ten percent is nothing', () => {
    const tiny = { ...transaction, maxFeePerGas: 5n, maxPriorityFeePerGas: 0n }
    expect(checkReplacement(tiny, tiny)).toMatch(/underpriced/)
  })
})
