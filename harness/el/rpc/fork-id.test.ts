import { describe, expect, it } from 'vitest'
import { forkHash } from './fork-id.ts'

const mainnet = '0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3'

describe('forkHash', () => {
  // The vectors of EIP-2124 for Ethereum's mainnet, where the forks were blocks.
  it.each([
    [[], '0xfc64ec04'],
    [[1_150_000n], '0x97c2c34c'],
    [[1_150_000n, 1_920_000n], '0x91d1f948'],
    [[1_150_000n, 1_920_000n, 2_463_000n, 2_675_000n, 4_370_000n, 7_280_000n], '0x668db0af'],
  ])('%#', (forks, expected) => expect(forkHash(mainnet, forks)).toBe(expected))
})
