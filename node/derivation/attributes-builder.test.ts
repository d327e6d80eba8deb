import { concatHex, numberToHex } from 'viem'
import { describe, expect, it } from 'vitest'
import { type ForkName, forksActiveFrom } from '../config/forks.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import { createFakeL1, type FakeL1 } from '../ports/testing/fake-l1.ts'
import { decodeDepositTransaction } from '../protocol/deposit-transaction.ts'
import { decodeL1Info } from '../protocol/l1-info.ts'
import type { PayloadAttributes } from '../protocol/payload.ts'
import { type BlockId, zeroHash } from '../protocol/refs.ts'
import { configUpdateKind, configUpdateTopic } from '../protocol/system-config-log.ts'
import type { UpgradeBundles } from '../protocol/upgrade-bundle.ts'
import { AttributesResetError, createAttributesBuilder } from './attributes-builder.ts'
import { CriticalDerivationError } from './pipeline/critical-derivation-error.ts'
import { createFakeL2, type FakeL2 } from './pipeline/testing/fake-l2.ts'
import { testHash, testRollupConfig } from './pipeline/testing/test-config.ts'

interface World {
  readonly config: RollupConfig
  readonly l1: FakeL1
  readonly l2: FakeL2
  build(epoch: BlockId): Promise<PayloadAttributes>
}

/** L1 blocks every two seconds, L2 blocks every second, both from time 1000 on. */
function createWorld(
  forks: RollupConfig['forks'],
  upgrades?: UpgradeBundles,
  overrides: Partial<RollupConfig> = {},
): World {
  const l1 = createFakeL1({ genesisTime: 1000n })
  const config = testRollupConfig('jovian', { l1Genesis: l1.head, forks, ...overrides })
  const l2 = createFakeL2(config)
  const builder = createAttributesBuilder({ config, l1, l2, ...(upgrades && { upgrades }) })
  const { signal } = new AbortController()
  return { config, l1, l2, build: (epoch) => builder.build(l2.head, epoch, signal) }
}

const until = (fork: ForkName) => createWorld(forksActiveFrom(fork))
const fields = ['withdrawals', 'parentBeaconBlockRoot', 'eip1559Params', 'minBaseFee'] as const

describe('createAttributesBuilder', () => {
  /** Source: the derivation.md and exec-engine.md of each fork. */
  it.each([
    ['regolith', []],
    ['canyon', ['withdrawals']],
    ['delta', ['withdrawals']],
    ['ecotone', ['withdrawals', 'parentBeaconBlockRoot']],
    ['granite', ['withdrawals', 'parentBeaconBlockRoot']],
    ['holocene', ['withdrawals', 'parentBeaconBlockRoot', 'eip1559Params']],
    ['isthmus', ['withdrawals', 'parentBeaconBlockRoot', 'eip1559Params']],
    ['jovian', ['withdrawals', 'parentBeaconBlockRoot', 'eip1559Params', 'minBaseFee']],
    ['karst', ['withdrawals', 'parentBeaconBlockRoot', 'eip1559Params', 'minBaseFee']],
  ] as const)('gives %s the fields of its payload attributes', async (fork, expected) => {
    const world = until(fork)
    const attributes = await world.build(world.l1.head)
    expect(fields.filter((field) => attributes[field] !== undefined)).toEqual(expected)
    expect(attributes).toMatchObject({
      timestamp: 1001n,
      prevRandao: world.l1.head.mixHash,
      suggestedFeeRecipient: '0x4200000000000000000000000000000000000011',
      noTxPool: true,
      gasLimit: 30_000_000n,
    })
  })

  it('counts the blocks of an epoch and starts again with the next', async () => {
    const world = until('jovian')
    world.l1.mine(2)
    const infos = []
    for (const epoch of [0n, 1n, 1n, 2n]) {
      const attributes = await world.build(world.l1.at(epoch))
      world.l2.build(attributes)
      infos.push(decodeL1Info(decodeDepositTransaction(attributes.transactions[0]!).data))
    }
    expect(infos.map(({ number, sequenceNumber }) => [number, sequenceNumber])).toEqual([
      [0n, 1n],
      [1n, 0n],
      [1n, 1n],
      [2n, 0n],
    ])
  })

  it('uses the zero root when the L1 block has no parent beacon block root', async () => {
    const world = until('ecotone')
    const { parentBeaconBlockRoot: _, ...header } = world.l1.head
    world.l1.headerByHash = async () => header
    expect((await world.build(header)).parentBeaconBlockRoot).toBe(zeroHash)
  })

  it('asks L1 for the header of an epoch once', async () => {
    const world = until('jovian')
    world.l2.build(await world.build(world.l1.head))
    world.l2.build(await world.build(world.l1.head))
    expect(world.l1.calls.get('headerByHash')).toBe(1)
    expect(world.l1.calls.get('receiptsByHash')).toBeUndefined()
  })

  it.each<[string, (world: World) => BlockId]>([
    ['is another block of the same height', () => ({ number: 1n, hash: testHash('ee') })],
    ['comes before', ({ l1 }) => l1.at(0n)],
    ['skips one', ({ l1 }) => l1.at(3n)],
    ['is the child of an orphan', ({ l1 }) => l1.reorg(1n, 2)],
  ])('refuses an epoch that %s', async (_, epochOf) => {
    const world = until('jovian')
    world.l1.mine(4)
    // Long enough in epoch 1 that time allows any of them.
    for (const epoch of [0n, 1n, 1n, 1n, 1n, 1n, 1n, 1n])
      world.l2.build(await world.build(world.l1.at(epoch)))
    await expect(world.build(epochOf(world))).rejects.toThrow(
      /^expected an epoch that is or follows 1:|^L1 replaced epoch/,
    )
  })

  it('refuses an epoch that begins after the block', async () => {
    const world = until('jovian')
    world.l1.mine(1)
    await expect(world.build(world.l1.head)).rejects.toThrow('expected an epoch that started by 1001')
  })

  it('tells an epoch that L1 replaced from one that it does not have yet', async () => {
    const world = until('jovian')
    const unknown = { number: 1n, hash: testHash('ee') }
    await expect(world.build(unknown)).rejects.not.toThrow(AttributesResetError)
    world.l1.mine(1)
    await expect(world.build(unknown)).rejects.toThrow(AttributesResetError)
  })

  it('is temporary trouble when the engine does not have the parent', async () => {
    const world = until('jovian')
    world.l2.blockByHash = async () => null
    await expect(world.build(world.l1.head)).rejects.toThrow('expected the engine to have block 0')
  })

  // holocene/derivation.md, "Attributes Builder": zeros on the activation block, what is set from then on.
  it.each([
    ['first', 1002n, '0x0000000000000000'],
    ['second', 1001n, '0x000000c800000004'],
  ] as const)(
    'in the %s block of Holocene, parameters that L1 has just set',
    async (_, holocene, expected) => {
      const world = createWorld({ ...forksActiveFrom('granite'), holocene })
      const { l1SystemConfigAddress } = world.config
      const update = {
        address: l1SystemConfigAddress,
        topics: [configUpdateTopic, zeroHash, numberToHex(configUpdateKind.eip1559Params, { size: 32 })],
        data: concatHex([32n, 32n, (200n << 32n) | 4n].map((word) => numberToHex(word, { size: 32 }))),
        logIndex: 0,
      }
      world.l1.mine(1, { receipts: [{ transactionHash: zeroHash, status: 'success', logs: [update] }] })
      world.l2.build(await world.build(world.l1.at(0n)))
      expect((await world.build(world.l1.at(1n))).eip1559Params).toBe(expected)
    },
  )

  describe('in the first block of a fork', () => {
    const forks = { ...forksActiveFrom('granite'), holocene: 0n, isthmus: 1001n }
    const upgrade = {
      intent: 'test',
      from: `0x${'42'.repeat(20)}`,
      to: null,
      data: '0x60',
      gasLimit: 7n,
    } as const

    it('adds the upgrade transactions after the deposits', async () => {
      const world = createWorld(forks, { isthmus: [upgrade] })
      const { transactions } = await world.build(world.l1.head)
      expect(transactions).toHaveLength(2)
      expect(decodeDepositTransaction(transactions[1]!)).toMatchObject({ gas: 7n, to: null, data: '0x60' })
    })

    /** With `upgrade`, the 55 370 657 gas of the protocol's own bundle. */
    const most = { ...upgrade, gasLimit: 55_370_650n }
    /** By how much the blocks 1001 to 1004, of which 1002 is the first of Karst, exceed 30M gas. L1 may set 40M. */
    async function gasLimits(keepKarstUpgradeGas: boolean, setGasLimitInEpoch?: bigint) {
      const karst = { ...forksActiveFrom('jovian'), karst: 1002n }
      const world = createWorld(karst, { karst: [upgrade, most] }, { keepKarstUpgradeGas })
      const set = {
        address: world.config.l1SystemConfigAddress,
        topics: [configUpdateTopic, zeroHash, numberToHex(configUpdateKind.gasLimit, { size: 32 })],
        data: concatHex([32n, 32n, 40_000_000n].map((word) => numberToHex(word, { size: 32 }))),
        logIndex: 0,
      }
      world.l1.mine(1, {
        receipts: [{ transactionHash: zeroHash, status: 'success', logs: setGasLimitInEpoch ? [set] : [] }],
      })
      const limits: (bigint | undefined)[] = []
      for (const time of [1001n, 1002n, 1003n, 1004n]) {
        const isSet = setGasLimitInEpoch !== undefined && time >= setGasLimitInEpoch
        const attributes = await world.build(world.l1.at(isSet ? 1n : 0n))
        limits.push(attributes.gasLimit)
        world.l2.build(attributes)
      }
      return limits.map((limit) => limit! - 30_000_000n)
    }

    const karstGas = 55_370_657n
    const more = 10_000_000n
    // karst.md, "Upgrade gas"; optimism#21441 and its keep_karst_upgrade_gas.
    it.each<[string, boolean, bigint | undefined, bigint[]]>([
      ['only there', false, undefined, [0n, karstGas, 0n, 0n]],
      ['for ever, when the chain has kept it', true, undefined, [0n, karstGas, karstGas, karstGas]],
      ['on top of a limit that L1 sets with it', false, 1002n, [0n, more + karstGas, more, more]],
      ['kept on top of it', true, 1002n, [0n, more + karstGas, more + karstGas, more + karstGas]],
      ['until L1 sets a limit', true, 1003n, [0n, karstGas, more, more]],
      ['without it in what L1 sets next', false, 1003n, [0n, karstGas, more, more]],
    ])('adds the gas of a Karst bundle %s', async (_, keep, setIn, expected) => {
      expect(await gasLimits(keep, setIn)).toEqual(expected)
    })

    it('adds no gas before Karst', async () => {
      const world = createWorld(forks, { isthmus: [upgrade] })
      expect((await world.build(world.l1.head)).gasLimit).toBe(30_000_000n)
    })

    it('stops when the gas that the parent had for its upgrade is not known', async () => {
      const karst = { ...forksActiveFrom('jovian'), karst: 1001n }
      const world = createWorld(karst, { karst: [upgrade] })
      world.l2.build(await world.build(world.l1.head))
      const { config, l1, l2 } = world
      const builder = createAttributesBuilder({ config, l1, l2 })
      await expect(builder.build(l2.head, l1.head, new AbortController().signal)).rejects.toThrow(
        new CriticalDerivationError(
          'karst activates at time 1001, after genesis: expected the upgrade bundle of karst, found none; give --rollup.upgrades karst=FILE, or activate the fork at genesis',
        ),
      )
    })

    it('stops when it was not given them', async () => {
      const world = createWorld(forks)
      await expect(world.build(world.l1.head)).rejects.toThrow(CriticalDerivationError)
      await expect(world.build(world.l1.head)).rejects.toThrow('isthmus activates')
    })
  })
})
