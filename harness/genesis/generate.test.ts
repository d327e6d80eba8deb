import { keccak256, size, slice, toHex } from 'viem'
import { describe, expect, it } from 'vitest'
import { forksActiveFrom } from '../../node/config/forks.ts'
import { parseRollupConfig, rollupConfigToJson } from '../../node/config/rollup-config.ts'
import { unsafeBlockSignerSlot } from '../../node/l1/unsafe-block-signer.ts'
import { deriveAccounts } from './accounts.ts'
import { testChainParameters } from './chain-parameters.fixture.ts'
import { generateChain } from './generate.ts'
import { beaconRootsContract, historyStorageContract } from './system-contracts.ts'

const accounts = deriveAccounts()
const time = 1_700_000_000n

describe('generateChain', () => {
  it('is a pure function of its input', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => generateChain(testChainParameters, accounts, time)))
    expect(one).toEqual(two)
    const later = await generateChain(testChainParameters, accounts, time + 1n)
    expect(later.rollup.genesis.l1.hash).not.toBe(one!.rollup.genesis.l1.hash)
    expect(later.rollup.genesis.l2.hash).not.toBe(one!.rollup.genesis.l2.hash)
  })

  it('writes a rollup config that reads back as itself', async () => {
    const { rollup } = await generateChain(testChainParameters, accounts, time)
    expect(parseRollupConfig(JSON.parse(JSON.stringify(rollupConfigToJson(rollup))))).toEqual(rollup)
  })

  it.each([
    { last: 'granite', extraData: '0x', history: false },
    { last: 'holocene', extraData: '0x00000000fa00000006', history: false },
    { last: 'isthmus', extraData: '0x00000000fa00000006', history: true },
    { last: 'jovian', extraData: '0x01000000fa000000060000000000000000', history: true },
  ] as const)('has the header and the system contracts of $last', async ({ last, extraData, history }) => {
    const parameters = { ...testChainParameters, forks: forksActiveFrom(last) }
    const { l2Genesis } = await generateChain(parameters, accounts, time)
    expect(l2Genesis.extraData).toBe(extraData)
    expect(l2Genesis.alloc[beaconRootsContract.address]).toBeDefined()
    expect(l2Genesis.alloc[historyStorageContract.address] !== undefined).toBe(history)
  })

  it('shifts fork times by the genesis time, except those at genesis', async () => {
    const parameters = { ...testChainParameters, forks: { ...forksActiveFrom('holocene'), isthmus: 30n } }
    const { rollup, l2Genesis } = await generateChain(parameters, accounts, time)
    expect(rollup.forks).toMatchObject({ holocene: 0n, isthmus: time + 30n })
    expect(l2Genesis.config).toMatchObject({
      holoceneTime: 0,
      isthmusTime: Number(time) + 30,
      pragueTime: Number(time) + 30,
    })
  })

  it('derives the unsafe block signer slot from its name', () => {
    expect(keccak256(toHex('systemconfig.unsafeblocksigner'))).toBe(unsafeBlockSignerSlot)
  })

  it('packs the fee scalars as version 1', async () => {
    const { scalar } = (await generateChain(testChainParameters, accounts, time)).rollup.genesis.systemConfig
    expect(size(scalar)).toBe(32)
    expect(slice(scalar, 0, 1)).toBe('0x01')
    expect([slice(scalar, 24, 28), slice(scalar, 28, 32)].map(Number)).toEqual([810_949, 1368])
  })
})
