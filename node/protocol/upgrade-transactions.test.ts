import { describe, expect, it } from 'vitest'
import { hasVectors, vector } from '../adapters/testing/vectors.ts'
import { forksActiveFrom } from '../config/forks.ts'
import { bytesToHex } from './bytes.ts'
import { decodeDepositTransaction, upgradeSourceHash } from './deposit-transaction.ts'
import { testRollupConfig } from './testing/rollup-config.ts'
import {
  MissingUpgradeError,
  parseUpgradeBundle,
  type UpgradeTransaction,
  upgradeTransactions,
} from './upgrade-transactions.ts'

const transaction = (intent: string): UpgradeTransaction => ({
  intent,
  from: `0x${'00'.repeat(20)}`,
  to: null,
  gas: 50_000n,
  data: '0x6000',
})
const bundle = {
  ecotone: [transaction('Ecotone: one'), transaction('Ecotone: two')],
  fjord: [transaction('Fjord: one')],
  isthmus: [],
}
const config = testRollupConfig({
  ...forksActiveFrom('delta'),
  ecotone: 2000n,
  fjord: 2000n,
  granite: 2500n,
  holocene: 2500n,
  isthmus: 3000n,
  jovian: 4000n,
})
const intentsAt = (time: bigint) =>
  upgradeTransactions(config, time, bundle).map((encoded) => decodeDepositTransaction(encoded).sourceHash)

describe('upgradeTransactions', () => {
  it('are in the first block of their fork, oldest fork first', () => {
    expect(intentsAt(1998n)).toEqual([])
    expect(intentsAt(2000n)).toEqual(['Ecotone: one', 'Ecotone: two', 'Fjord: one'].map(upgradeSourceHash))
    expect(intentsAt(2002n)).toEqual([])
    expect(intentsAt(2500n)).toEqual([])
    expect(intentsAt(3000n)).toEqual([])
  })

  it('are not needed for a fork that is active at genesis', () => {
    expect(upgradeTransactions(testRollupConfig(), 1002n, {})).toEqual([])
  })

  it('must be in the bundle when the fork activates', () => {
    const act = () => upgradeTransactions(config, 4000n, bundle)
    expect(act).toThrow(MissingUpgradeError)
    expect(act).toThrow('jovian activates in the L2 block of time 4000')
  })

  it('mint and send nothing and are no system transactions', () => {
    const [first] = upgradeTransactions(config, 2000n, bundle)
    expect(decodeDepositTransaction(first!)).toMatchObject({
      mint: 0n,
      value: 0n,
      gas: 50_000n,
      isSystemTransaction: false,
      to: null,
    })
  })
})

describe('parseUpgradeBundle', () => {
  const json = { intent: 'A', from: `0x${'AA'.repeat(20)}`, to: null, gas: 1, data: '0x' }

  it('reads a bundle', () => {
    expect(parseUpgradeBundle({ fjord: [json] })).toEqual({
      fjord: [{ intent: 'A', from: `0x${'aa'.repeat(20)}`, to: null, gas: 1n, data: '0x' }],
    })
  })

  it.each([
    ['a list', [], '(root)'],
    ['an unknown fork', { shanghai: [json] }, 'shanghai'],
    ['a transaction without intent', { fjord: [{ ...json, intent: '' }] }, 'fjord.0.intent'],
    ['an unknown field', { fjord: [{ ...json, value: 1 }] }, 'value'],
    ['gas as a string', { fjord: [{ ...json, gas: '0x1' }] }, 'fjord.0.gas'],
  ])('refuses %s', (_name, bad, field) => {
    expect(() => parseUpgradeBundle(bad)).toThrow(field)
  })
})

describe.skipIf(!hasVectors)('vectors', () => {
  const zero = `0x${'00'.repeat(20)}`
  const depositor = '0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001'
  const deployer = (index: number) => `0x421000000000000000000000000000000000000${index}`
  const l1Block = '0x4200000000000000000000000000000000000015'
  const oracle = '0x420000000000000000000000000000000000000f'
  const operatorVault = '0x420000000000000000000000000000000000001b'

  // ecotone/derivation.md and isthmus/derivation.md, "Network upgrade automation transactions".
  it.each([
    [
      'ecotone',
      [
        ['Ecotone: L1 Block Deployment', deployer(0), null, 375_000],
        ['Ecotone: Gas Price Oracle Deployment', deployer(1), null, 1_000_000],
        ['Ecotone: L1 Block Proxy Update', zero, l1Block, 50_000],
        ['Ecotone: Gas Price Oracle Proxy Update', zero, oracle, 50_000],
        ['Ecotone: Gas Price Oracle Set Ecotone', depositor, oracle, 80_000],
        [
          'Ecotone: beacon block roots contract deployment',
          '0x0b799c86a49deeb90402691f1041aa3af2d3c875',
          null,
          250_000,
        ],
      ],
    ],
    [
      'isthmus',
      [
        ['Isthmus: L1 Block Deployment', deployer(3), null, 425_000],
        ['Isthmus: Gas Price Oracle Deployment', deployer(4), null, 1_625_000],
        ['Isthmus: Operator Fee Vault Deployment', deployer(5), null, 500_000],
        ['Isthmus: L1 Block Proxy Update', zero, l1Block, 50_000],
        ['Isthmus: Gas Price Oracle Proxy Update', zero, oracle, 50_000],
        ['Isthmus: Operator Fee Vault Proxy Update', zero, operatorVault, 50_000],
        ['Isthmus: Gas Price Oracle Set Isthmus', depositor, oracle, 90_000],
        [
          'Isthmus: EIP-2935 Contract Deployment',
          '0x3462413af4609098e1e27a490f554f260213d685',
          null,
          250_000,
        ],
      ],
    ],
  ] as const)('%s is assembled byte for byte', (fork, rows) => {
    const expected = rows.map((_, index) => bytesToHex(vector(`upgrade-txs/${fork}_tx_${index}.hex`)))
    // The bytecode is the only part that the specification keeps in files of its own.
    const json = rows.map(([intent, from, to, gas], index) => ({
      intent,
      from,
      to,
      gas,
      data: decodeDepositTransaction(expected[index]!).data,
    }))
    const activation = testRollupConfig({ ...forksActiveFrom('delta'), [fork]: 2000n })
    expect(upgradeTransactions(activation, 2000n, parseUpgradeBundle({ [fork]: json }))).toEqual(expected)
  })
})
