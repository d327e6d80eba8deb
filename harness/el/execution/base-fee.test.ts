import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { type ForkName, forksActiveFrom } from '../../../node/config/forks.ts'
import type { BlockHeader } from '../chain/header.ts'
import { extraDataFor, nextBaseFee } from './base-fee.ts'
import { genesisTime, testGenesis } from './testing/test-chain.ts'
import { InvalidBlockError } from './types.ts'

const config = (fork: ForkName, from = 0n) => testGenesis({ forks: forksActiveFrom(fork, from) }).config
const parent = (values: Partial<BlockHeader>) =>
  ({
    ...testGenesis({ forks: {} }).header,
    stateRoot: `0x${'00'.repeat(32)}`,
    gasLimit: 30_000_000n,
    baseFeePerGas: 1_000_000n,
    ...values,
  }) as BlockHeader
const next = genesisTime + 2n
/** Denominator 10, elasticity 3. */
const holocene: Hex = '0x000000000a00000003'
const jovian = (minBaseFee: bigint): Hex => `0x010000000a00000003${minBaseFee.toString(16).padStart(16, '0')}`

describe('nextBaseFee', () => {
  it.each([
    ['stays at the target (elasticity 6)', 5_000_000n, 1_000_000n],
    // Above: by fee * (10 − 5) / 5 / 50.
    ['rises above it', 10_000_000n, 1_020_000n],
    ['falls below it', 0n, 980_000n],
  ])('%s', (_case, gasUsed, expected) => {
    expect(nextBaseFee(config('regolith'), parent({ gasUsed }), next)).toBe(expected)
  })

  it('rises by at least 1 and falls by nothing when the change rounds to 0', () => {
    expect(nextBaseFee(config('regolith'), parent({ gasUsed: 5_000_001n, baseFeePerGas: 7n }), next)).toBe(8n)
    expect(nextBaseFee(config('regolith'), parent({ gasUsed: 4_999_999n, baseFeePerGas: 7n }), next)).toBe(7n)
    expect(nextBaseFee(config('regolith'), parent({ gasUsed: 0n, baseFeePerGas: 0n }), next)).toBe(0n)
  })

  it("uses Canyon's denominator in Canyon's first block (exec-engine.md, 1559 Parameters)", () => {
    const full = parent({ gasUsed: 10_000_000n })
    expect(nextBaseFee(config('canyon', next), full, next)).toBe(1_004_000n)
    expect(nextBaseFee(config('canyon', next + 1n), full, next)).toBe(1_020_000n)
  })

  it("uses the parent's parameters only when the parent is in Holocene (holocene/exec-engine.md)", () => {
    // Target 10M: 20M is fee * 10 / 10 / 10 above it.
    const full = parent({ gasUsed: 20_000_000n, extraData: holocene })
    expect(nextBaseFee(config('holocene'), full, next)).toBe(1_100_000n)
    const before = parent({ gasUsed: 10_000_000n, extraData: '0x' })
    expect(nextBaseFee(config('holocene', next), before, next)).toBe(1_004_000n)
  })

  it('never falls below the minimum of the parent (jovian/exec-engine.md, Minimum Base Fee)', () => {
    const empty = (extraData: Hex) => parent({ gasUsed: 0n, extraData, blobGasUsed: 0n })
    expect(nextBaseFee(config('jovian'), empty(jovian(950_000n)), next)).toBe(950_000n)
    expect(nextBaseFee(config('jovian'), empty(jovian(5_000_000n)), next)).toBe(5_000_000n)
    expect(nextBaseFee(config('jovian'), empty(jovian(0n)), next)).toBe(900_000n)
  })

  it('counts the DA footprint when it is more than the gas (jovian/exec-engine.md, DA Footprint Block Limit)', () => {
    const full = (values: Partial<BlockHeader>) => parent({ extraData: jovian(0n), ...values })
    const fee = (values: Partial<BlockHeader>) => nextBaseFee(config('jovian'), full(values), next)
    expect(fee({ gasUsed: 0n, blobGasUsed: 20_000_000n })).toBe(1_100_000n)
    expect(fee({ gasUsed: 20_000_000n, blobGasUsed: 1n })).toBe(1_100_000n)
  })

  it('refuses a parent without a gas target instead of dividing by zero', () => {
    expect(() => nextBaseFee(config('regolith'), parent({ gasLimit: 5n }), next)).toThrow(InvalidBlockError)
  })
})

describe('extraDataFor (holocene and jovian/exec-engine.md)', () => {
  const attributes = {
    timestamp: next,
    prevRandao: `0x${'00'.repeat(32)}`,
    suggestedFeeRecipient: `0x${'00'.repeat(20)}`,
    transactions: [],
    noTxPool: true,
    gasLimit: 1n,
  } as const

  it.each([
    ['nothing before Holocene', 'granite', {}, '0x'],
    ['version 0 and the parameters', 'holocene', { eip1559Params: '0x0000000a00000003' }, holocene],
    [
      "the chain's constants for zeros",
      'holocene',
      { eip1559Params: '0x0000000000000000' },
      '0x00000000fa00000006',
    ],
    [
      'version 1 and the minimum',
      'jovian',
      { eip1559Params: '0x0000000a00000003', minBaseFee: 258n },
      jovian(258n),
    ],
  ] as const)('is %s', (_case, fork, values, expected) => {
    expect(extraDataFor(config(fork), { ...attributes, ...values })).toBe(expected)
  })

  it.each([
    ['parameters before Holocene', 'granite', { eip1559Params: '0x0000000a00000003' }],
    ['no parameters from Holocene on', 'holocene', {}],
    ['a zero denominator alone', 'holocene', { eip1559Params: '0x0000000000000003' }],
    ['a zero elasticity alone', 'holocene', { eip1559Params: '0x0000000a00000000' }],
    ['a minimum before Jovian', 'holocene', { eip1559Params: '0x0000000a00000003', minBaseFee: 1n }],
    ['no minimum from Jovian on', 'jovian', { eip1559Params: '0x0000000a00000003' }],
  ] as const)('refuses %s', (_case, fork, values) => {
    expect(() => extraDataFor(config(fork), { ...attributes, ...values })).toThrow(InvalidBlockError)
  })
})
