import { describe, expect, it } from 'vitest'
import { type ForkSchedule, forksActiveFrom } from '../config/forks.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import { decodeDepositTransaction, upgradeSourceHash } from './deposit-transaction.ts'
import { testRollupConfig } from './testing/rollup-config.ts'
import type { UpgradeBundles, UpgradeTransaction } from './upgrade-bundle.ts'
import {
  MissingUpgradeError,
  missingUpgrades,
  upgradeGasToRevert,
  upgradeOfBlock,
} from './upgrade-transactions.ts'

const transaction = (intent: string, gasLimit = 50_000n): UpgradeTransaction => ({
  intent,
  from: `0x${'00'.repeat(20)}`,
  to: null,
  data: '0x6000',
  gasLimit,
})
const bundles: UpgradeBundles = {
  ecotone: [transaction('one'), transaction('two')],
  fjord: [transaction('one')],
  isthmus: [],
  jovian: [transaction('one')],
  karst: [transaction('one', 700n), transaction('two', 77n)],
}
const schedule: ForkSchedule = {
  ...forksActiveFrom('delta'),
  ecotone: 2000n,
  fjord: 2000n,
  granite: 2500n,
  holocene: 2500n,
  isthmus: 3000n,
  jovian: 4000n,
  karst: 5001n,
}
const config = testRollupConfig(schedule)
const keeping: RollupConfig = { ...config, keepKarstUpgradeGas: true }

describe('the upgrade of a block', () => {
  const intentsAt = (time: bigint) =>
    upgradeOfBlock(config, time, bundles).transactions.map((one) => decodeDepositTransaction(one).sourceHash)

  it('is in the first block of its fork, oldest fork first', () => {
    expect(intentsAt(1998n)).toEqual([])
    expect(intentsAt(2000n)).toEqual(['Ecotone: one', 'Ecotone: two', 'Fjord: one'].map(upgradeSourceHash))
    expect(intentsAt(2002n)).toEqual([])
    expect(intentsAt(2500n)).toEqual([])
    expect(intentsAt(3000n)).toEqual([])
    expect(intentsAt(5000n)).toEqual([])
    expect(intentsAt(5002n)).toEqual(['Karst 0: one', 'Karst 1: two'].map(upgradeSourceHash))
  })

  it('is not needed for a fork that is active at genesis', () => {
    expect(upgradeOfBlock(testRollupConfig(forksActiveFrom('karst')), 1002n, {})).toEqual({
      transactions: [],
      gas: 0n,
    })
  })

  it('must have its bundle', () => {
    const { jovian: _, ...others } = bundles
    const act = () => upgradeOfBlock(config, 4000n, others)
    expect(act).toThrow(MissingUpgradeError)
    expect(act).toThrow('jovian activates at time 4000, after genesis')
  })

  // specs/protocol/l2-upgrades-1-execution.md, "Gas Allocation Specification"; optimism#21441.
  it.each<[string, RollupConfig, bigint, bigint, bigint]>([
    ['before Ecotone', config, 1998n, 0n, 0n],
    ['first of Ecotone, whose transactions share the limit', config, 2000n, 0n, 0n],
    ['first of Jovian, the same', config, 4000n, 0n, 0n],
    ['last before Karst', config, 5000n, 0n, 0n],
    ['first of Karst', config, 5002n, 777n, 777n],
    ['second of Karst', config, 5004n, 0n, 0n],
    ['first of Karst, gas kept', keeping, 5002n, 777n, 0n],
    ['second of Karst, gas kept', keeping, 5004n, 0n, 0n],
    ['first of Jovian and Karst', testRollupConfig({ ...schedule, jovian: 5001n }), 5002n, 777n, 777n],
  ])('adds gas to the %s block and takes it back', (_, chain, time, added, reverted) => {
    expect(upgradeOfBlock(chain, time, bundles).gas).toBe(added)
    expect(upgradeGasToRevert(chain, time, bundles)).toBe(reverted)
  })
})

describe('missingUpgrades', () => {
  const karstOnly = testRollupConfig({ ...forksActiveFrom('jovian'), karst: 5001n })

  it.each<[string, RollupConfig, UpgradeBundles, bigint, string | null]>([
    ['names all', config, {}, 1000n, 'karst=FILE'],
    ['nothing with all bundles', config, bundles, 1000n, null],
    ['nothing at genesis', testRollupConfig(forksActiveFrom('karst')), {}, 1000n, null],
    ['the one before its time', karstOnly, {}, 1000n, 'karst activates at time 5001, after genesis'],
    ['the one before its first block', karstOnly, {}, 5000n, 'karst'],
    ['the one whose gas the next block reverts', karstOnly, {}, 5002n, 'karst'],
    ['nothing of what is past', karstOnly, {}, 5004n, null],
    ['forks without upgrades', testRollupConfig({ canyon: 5000n, delta: 5000n }), {}, 1000n, null],
  ])('%s', (_, chain, given, from, expected) => {
    const found = missingUpgrades(chain, given, from)
    if (expected === null) expect(found).toBeNull()
    else expect(found).toContain(expected)
  })

  it('says in one sentence what is missing and what to do', () => {
    expect(missingUpgrades(config, { ecotone: [], fjord: [], isthmus: [] }, 1000n)).toBe(
      'jovian activates at time 4000 and karst activates at time 5001, after genesis: expected the upgrade bundle of jovian, karst, found none; give --rollup.upgrades jovian=FILE --rollup.upgrades karst=FILE, or activate the forks at genesis',
    )
  })
})
