import { type Address, keccak256, pad, size, slice, toHex } from 'viem'
import { describe, expect, it } from 'vitest'
import { forksActiveFrom } from '../../node/config/forks.ts'
import { parseRollupConfig, rollupConfigToJson } from '../../node/config/rollup-config.ts'
import { unsafeBlockSignerSlot } from '../../node/l1/unsafe-block-signer.ts'
import { emptyTrieRoot } from '../../node/protocol/ordered-trie-root.ts'
import { predeploys } from '../../node/protocol/predeploys.ts'
import { deriveAccounts } from './accounts.ts'
import { testChainParameters } from './chain-parameters.fixture.ts'
import { generateChain } from './generate.ts'
import { l2GenesisBlock } from './genesis-state.ts'
import { adminSlot, codeNamespace, implementationSlot } from './proxies.ts'
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

  it('has proxies of the ProxyAdmin at the predeploys, with an implementation where there is one', async () => {
    const { alloc } = (await generateChain(testChainParameters, accounts, time)).l2Genesis
    const namespace = Object.entries(alloc).filter(([address]) => address.startsWith('0x42000000'))
    expect(namespace).toHaveLength(0x2d)
    for (const [address, { storage, code }] of namespace) {
      expect(storage?.[adminSlot]).toBe(pad(predeploys.proxyAdmin))
      const implementation = storage?.[implementationSlot]
      if (implementation === undefined) continue
      const behind = alloc[slice(implementation, 12)]
      expect(implementation).toBe(pad(codeNamespace(address as Address)))
      expect(behind?.code).toBeDefined()
      expect(behind?.code).not.toBe(code)
    }
    for (const address of Object.values(predeploys))
      expect(alloc[address]?.storage).toHaveProperty(implementationSlot)
  })

  it('has no empty message passer, whose root op-node takes for a missing one', async () => {
    const { l2Genesis } = await generateChain(testChainParameters, accounts, time)
    expect((await l2GenesisBlock(l2Genesis)).header.withdrawalsRoot).not.toBe(emptyTrieRoot)
  })

  it('derives the EIP-1967 slots from their names', () => {
    const slot = (name: string) => toHex(BigInt(keccak256(toHex(name))) - 1n, { size: 32 })
    expect(slot('eip1967.proxy.implementation')).toBe(implementationSlot)
    expect(slot('eip1967.proxy.admin')).toBe(adminSlot)
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
