import {
  type Address,
  decodeFunctionResult,
  encodeFunctionData,
  getAddress,
  type Hex,
  parseAbi,
  slice,
} from 'viem'
import { describe, expect, it } from 'vitest'
import { hasVectors } from '../../node/adapters/testing/vectors.ts'
import { type ForkName, forksActiveFrom } from '../../node/config/forks.ts'
import { predeploys } from '../../node/protocol/predeploys.ts'
import { encodeUpgradeBundle, type UpgradeBundles } from '../../node/protocol/upgrade-bundle.ts'
import { parseGenesis } from '../el/execution/genesis.ts'
import { blockTime, genesisTime, TestChain } from '../el/execution/testing/test-chain.ts'
import { deriveAccounts } from './accounts.ts'
import { testChainParameters } from './chain-parameters.fixture.ts'
import { generateChain } from './generate.ts'
import { ownFjordBundle, protocolBundle, upgradeVector } from './protocol-upgrades.ts'
import { codeNamespace, implementationSlot } from './proxies.ts'

const accounts = deriveAccounts()
const options = { skip: !hasVectors, timeout: 30_000 }

/** A chain of `generateChain` whose forks up to `last` are active at genesis and whose next is in block 2. */
async function chainBefore(fork: ForkName, last: ForkName): Promise<TestChain> {
  const forks = { ...forksActiveFrom(last), [fork]: 2n * blockTime }
  const { l2Genesis } = await generateChain({ ...testChainParameters, forks }, accounts, genesisTime)
  const chain = await TestChain.startFrom(parseGenesis(l2Genesis))
  await chain.next()
  return chain
}

const implementation = async (chain: TestChain, proxy: Address): Promise<Address> =>
  slice(await chain.view.storage(proxy, implementationSlot), 12)

const abi = parseAbi([
  'function number() view returns (uint64)',
  'function getL1Fee(bytes) view returns (uint256)',
  'function owner() view returns (address)',
  'function recipient() view returns (address)',
  'function remoteChainID() view returns (uint256)',
])

async function read<T>(
  chain: TestChain,
  to: Address,
  functionName: string,
  args: unknown[] = [],
): Promise<T> {
  const data = encodeFunctionData({ abi, functionName, args } as never)
  const result = await chain.view.call({ to, data })
  expect(result, `${functionName} of ${to}`).toMatchObject({ status: 'success' })
  return decodeFunctionResult({ abi, functionName, data: result.returnData } as never) as T
}

const transaction: Hex = `0x02f8${'ab'.repeat(200)}`

describe('upgrade transactions over our genesis', () => {
  it.each([
    ['ecotone', 6],
    ['isthmus', 8],
    ['jovian', 5],
  ] as const)('the bundle made of the %s vectors encodes to the vectors', options, (fork, count) => {
    const expected = Array.from({ length: count }, (_, index) => upgradeVector(fork, index))
    expect(encodeUpgradeBundle(fork, protocolBundle(fork))).toEqual(expected)
  })

  const { gasPriceOracle, l1Block, operatorFeeVault, proxyAdmin } = predeploys
  it.each([
    ['ecotone', 'delta', [l1Block, gasPriceOracle], () => protocolBundle('ecotone')],
    ['fjord', 'ecotone', [gasPriceOracle], ownFjordBundle],
    ['isthmus', 'holocene', [l1Block, gasPriceOracle, operatorFeeVault], () => protocolBundle('isthmus')],
    ['jovian', 'isthmus', [l1Block, gasPriceOracle], () => protocolBundle('jovian')],
    ['karst', 'jovian', Object.values(predeploys), () => protocolBundle('karst')],
  ] as const)(
    '%s: all succeed, the proxies have new implementations, and the predeploys answer',
    options,
    async (fork, last, upgraded, bundle) => {
      const chain = await chainBefore(fork, last)
      for (const proxy of upgraded) expect(await implementation(chain, proxy)).toBe(codeNamespace(proxy))
      const fee = await read<bigint>(chain, gasPriceOracle, 'getL1Fee', [transaction])
      expect(fee).toBeGreaterThan(0n)

      const { receipts } = await chain.next(encodeUpgradeBundle(fork, bundle()), { gasLimit: 100_000_000n })
      expect(receipts.map(({ status }) => status)).toEqual(Array(bundle().length + 1).fill(1))
      for (const proxy of upgraded) {
        const now = await implementation(chain, proxy)
        expect(now).not.toBe(codeNamespace(proxy))
        expect((await chain.view.code(now)).length).toBeGreaterThan(100)
      }
      // The new code takes the new format of the L1 info.
      await chain.next()
      expect(chain.head.receipts.map(({ status }) => status)).toEqual([1])
      expect(await read<bigint>(chain, l1Block, 'number')).toBe(1n)
      expect(await read<bigint>(chain, gasPriceOracle, 'getL1Fee', [transaction])).toBeGreaterThan(0n)
      expect(await read<Address>(chain, proxyAdmin, 'owner')).toBe(getAddress(accounts.owner.address))
    },
  )

  it('all forks after one another, each over the implementations of the one before', options, async () => {
    const schedule = ['ecotone', 'fjord', 'granite', 'holocene', 'isthmus', 'jovian', 'karst'] as const
    const at = Object.fromEntries(schedule.map((fork, index) => [fork, BigInt(index + 1) * blockTime]))
    const forks = { ...forksActiveFrom('delta'), ...at }
    const { l2Genesis } = await generateChain({ ...testChainParameters, forks }, accounts, genesisTime)
    const chain = await TestChain.startFrom(parseGenesis(l2Genesis))
    const bundles: UpgradeBundles = {
      fjord: ownFjordBundle(),
      ...Object.fromEntries(
        (['ecotone', 'isthmus', 'jovian', 'karst'] as const).map((fork) => [fork, protocolBundle(fork)]),
      ),
    }
    for (const fork of schedule) {
      const upgrade = bundles[fork]
      const transactions = upgrade === undefined ? [] : encodeUpgradeBundle(fork, upgrade)
      const { receipts } = await chain.next(transactions, { gasLimit: 100_000_000n })
      expect(
        receipts.map(({ status }) => status),
        fork,
      ).toEqual(Array(transactions.length + 1).fill(1))
    }
    await chain.next()
    expect(await read<bigint>(chain, gasPriceOracle, 'getL1Fee', [transaction])).toBeGreaterThan(0n)
    // Karst's initialisers took over what the genesis allocation had set.
    const owner = getAddress(accounts.owner.address)
    expect(await read<Address>(chain, predeploys.baseFeeVault, 'recipient')).toBe(owner)
    const factory = '0x4200000000000000000000000000000000000017'
    expect(await read<bigint>(chain, factory, 'remoteChainID')).toBe(BigInt(testChainParameters.l1ChainId))
  })
})
