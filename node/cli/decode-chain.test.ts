import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { forksActiveFrom } from '../config/forks.ts'
import { rollupConfigToJson } from '../config/rollup-config.ts'
import { testRollupConfig } from '../protocol/testing/rollup-config.ts'
import { chainOf } from './decode-chain.ts'

const directory = mkdtempSync(join(tmpdir(), 'lockstep-decode-chain-'))
afterAll(() => rmSync(directory, { recursive: true }))
const write = (name: string, text: string) => {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

const config = testRollupConfig(forksActiveFrom('karst', 0n))
const rollupConfig = write('rollup.json', JSON.stringify(rollupConfigToJson(config)))

it('takes the chain from its rollup config, and a flag before it', () => {
  expect(chainOf({ rollupConfig }, true)).toEqual({
    chainId: config.l2ChainId,
    genesisTime: config.genesis.l2Time,
    blockTime: config.blockTime,
  })
  expect(chainOf({ rollupConfig, chainId: '77', genesisTime: '5', blockTime: '9' }, true)).toEqual({
    chainId: 77n,
    genesisTime: 5n,
    blockTime: 9n,
  })
})

it('needs to know the chain, but for what is the same on all', () => {
  expect(chainOf({ chainId: '10' }, true)).toEqual({ chainId: 10n, genesisTime: 0n, blockTime: 2n })
  expect(chainOf({}, false)).toMatchObject({ chainId: 0n })
  expect(() => chainOf({}, true)).toThrow('expected --rollup.config FILE or --chain-id N, found neither')
})

it.each([
  [{ chainId: 'ten' }, '--chain-id: expected a non-negative integer, found ten'],
  [{ chainId: '1', blockTime: '-2' }, '--block-time: expected a non-negative integer, found -2'],
  [{ rollupConfig: join(directory, 'none') }, '--rollup.config: cannot read'],
  [{ rollupConfig: write('text.json', 'hello') }, 'expected JSON'],
  [{ rollupConfig: write('short.json', '{}') }, 'rollup config is not valid: genesis'],
])('says what is wrong with %o', (told, message) => {
  expect(() => chainOf(told, true)).toThrow(message)
})
