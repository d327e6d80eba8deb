import { describe, expect, it } from 'vitest'
import { readChainId } from './chain-names.ts'

describe('a chain id as clients write it', () => {
  it.each<[unknown, bigint | undefined]>([
    [10, 10n],
    [0, 0n],
    ['10', 10n],
    ['0xa', 10n],
    ['18446744073709551615', 2n ** 64n - 1n],
    ['optimism', 10n],
    ['mainnet', 1n],
    ['base-sepolia', 84_532n],
    ['a chain of tomorrow', undefined],
    ['constructor', undefined],
    ['', undefined],
    ['-1', undefined],
    [-1, undefined],
    [1.5, undefined],
    [2 ** 60, undefined],
    [null, undefined],
    [undefined, undefined],
    [{ named: 'optimism' }, undefined],
  ])('%j', (value, expected) => {
    expect(readChainId(value)).toBe(expected)
  })
})
