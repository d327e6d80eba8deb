import { describe, expect, it } from 'vitest'
import { hasVectors, vector } from '../adapters/testing/vectors.ts'
import { bytesToHex } from './bytes.ts'
import { decodeDepositTransaction, upgradeSourceHash } from './deposit-transaction.ts'
import { bundleGas, encodeUpgradeBundle, parseUpgradeBundle } from './upgrade-bundle.ts'

const entry = { intent: 'A', from: `0x${'AA'.repeat(20)}`, to: null, data: '0x60', gasLimit: 7 }
const file = (transactions: unknown, version: unknown = '1.0.0') => ({ metadata: { version }, transactions })

describe('parseUpgradeBundle', () => {
  it('reads a bundle', () => {
    expect(parseUpgradeBundle(file([entry]))).toEqual([
      { intent: 'A', from: `0x${'aa'.repeat(20)}`, to: null, data: '0x60', gasLimit: 7n },
    ])
  })

  it('reads metadata that says more', () => {
    expect(
      parseUpgradeBundle({ metadata: { version: '1.0.0', commit: 'x' }, transactions: [entry] }),
    ).toHaveLength(1)
  })

  it.each([
    ['a list', [], 'expected object'],
    ['no metadata', { transactions: [entry] }, 'metadata'],
    ['a newer version', file([entry], '1.1.0'), 'expected metadata.version "1.0.0", found "1.1.0"'],
    ['another shape with a newer version', { metadata: { version: '2.0.0' }, forks: [] }, 'found "2.0.0"'],
    ['no transactions', file([]), 'transactions'],
    ['a transaction without intent', file([{ ...entry, intent: '' }]), 'transactions.0.intent'],
    ['an unknown field', file([{ ...entry, value: 1 }]), 'value'],
    ['gas as a string', file([{ ...entry, gasLimit: '0x1' }]), 'transactions.0.gasLimit'],
    [
      'gas beyond what JSON holds exactly',
      file([{ ...entry, gasLimit: 2 ** 53 }]),
      'transactions.0.gasLimit',
    ],
    ['the former name of the gas limit', file([{ ...entry, gas: 1 }]), 'gas'],
    ['no recipient field', file([{ ...entry, to: undefined }]), 'transactions.0.to'],
    ['data of half a byte', file([{ ...entry, data: '0x6' }]), 'transactions.0.data'],
    ['a fork in front of an intent', file([{ ...entry, intent: 'Ecotone: A' }]), 'without a fork'],
    ['a fork and index in front', file([{ ...entry, intent: 'Karst 0: A' }]), 'without a fork'],
  ])('refuses %s', (_name, bad, message) => {
    expect(() => parseUpgradeBundle(bad)).toThrow(message)
  })
})

describe('encodeUpgradeBundle', () => {
  const bundle = parseUpgradeBundle(file([entry, { ...entry, intent: 'B' }]))

  // op-node, `UpgradeDepositSource` of each fork; from Karst on the intents of a bundle file are counted.
  it.each([
    ['ecotone', 'Ecotone: A', 'Ecotone: B'],
    ['fjord', 'Fjord: A', 'Fjord: B'],
    ['isthmus', 'Isthmus: A', 'Isthmus: B'],
    ['jovian', 'Jovian: A', 'Jovian: B'],
    ['karst', 'Karst 0: A', 'Karst 1: B'],
  ] as const)('makes the source hashes of %s', (fork, ...intents) => {
    const hashes = encodeUpgradeBundle(fork, bundle).map((one) => decodeDepositTransaction(one).sourceHash)
    expect(hashes).toEqual(intents.map(upgradeSourceHash))
  })

  it('mints and sends nothing and makes no system transactions', () => {
    expect(decodeDepositTransaction(encodeUpgradeBundle('karst', bundle)[0]!)).toMatchObject({
      mint: 0n,
      value: 0n,
      gas: 7n,
      isSystemTransaction: false,
      to: null,
      data: '0x60',
    })
  })

  it('knows what the transactions may use together', () => {
    expect(bundleGas(bundle)).toBe(14n)
  })
})

describe.skipIf(!hasVectors)('vectors', () => {
  const zero = `0x${'00'.repeat(20)}`
  const depositor = '0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001'
  const deployer = (index: number) => `0x421000000000000000000000000000000000000${index}`
  const l1Block = '0x4200000000000000000000000000000000000015'
  const oracle = '0x420000000000000000000000000000000000000f'
  const operatorVault = '0x420000000000000000000000000000000000001b'

  // The derivation.md of each fork, "Network upgrade automation transactions".
  it.each([
    [
      'ecotone',
      [
        ['L1 Block Deployment', deployer(0), null, 375_000],
        ['Gas Price Oracle Deployment', deployer(1), null, 1_000_000],
        ['L1 Block Proxy Update', zero, l1Block, 50_000],
        ['Gas Price Oracle Proxy Update', zero, oracle, 50_000],
        ['Gas Price Oracle Set Ecotone', depositor, oracle, 80_000],
        [
          'beacon block roots contract deployment',
          '0x0b799c86a49deeb90402691f1041aa3af2d3c875',
          null,
          250_000,
        ],
      ],
    ],
    [
      'isthmus',
      [
        ['L1 Block Deployment', deployer(3), null, 425_000],
        ['Gas Price Oracle Deployment', deployer(4), null, 1_625_000],
        ['Operator Fee Vault Deployment', deployer(5), null, 500_000],
        ['L1 Block Proxy Update', zero, l1Block, 50_000],
        ['Gas Price Oracle Proxy Update', zero, oracle, 50_000],
        ['Operator Fee Vault Proxy Update', zero, operatorVault, 50_000],
        ['Gas Price Oracle Set Isthmus', depositor, oracle, 90_000],
        ['EIP-2935 Contract Deployment', '0x3462413af4609098e1e27a490f554f260213d685', null, 250_000],
      ],
    ],
    [
      'jovian',
      [
        ['L1 Block Deployment', deployer(6), null, 447_315],
        ['L1 Block Proxy Update', zero, l1Block, 50_000],
        ['Gas Price Oracle Deployment', deployer(7), null, 1_750_714],
        ['Gas Price Oracle Proxy Update', zero, oracle, 50_000],
        ['Gas Price Oracle Set Jovian', depositor, oracle, 90_000],
      ],
    ],
  ] as const)('%s is assembled byte for byte', (fork, rows) => {
    const expected = rows.map((_, index) => bytesToHex(vector(`upgrade-txs/${fork}_tx_${index}.hex`)))
    // The bytecode is the only part that the specification keeps in files of its own.
    const transactions = rows.map(([intent, from, to, gasLimit], index) => ({
      intent,
      from,
      to,
      gasLimit,
      data: decodeDepositTransaction(expected[index]!).data,
    }))
    expect(encodeUpgradeBundle(fork, parseUpgradeBundle(file(transactions)))).toEqual(expected)
  })
})
