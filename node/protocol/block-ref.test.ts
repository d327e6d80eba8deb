import fc from 'fast-check'
import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { type ForkSchedule, forksActiveFrom } from '../config/forks.ts'
import type { L1Header } from '../ports/l1-source.ts'
import { inheritedSystemConfig, l2BlockRefFromPayload, systemConfigFromPayload } from './block-ref.ts'
import { DecodeError } from './byte-reader.ts'
import { encodeDepositTransaction } from './deposit-transaction.ts'
import { decodeExtraData, encodeExtraData } from './extra-data.ts'
import { encodeEcotoneScalars } from './fee-scalar.ts'
import { l1InfoDeposit } from './l1-info.ts'
import type { ExecutionPayload } from './payload.ts'
import { zeroHash } from './refs.ts'
import type { SystemConfig } from './system-config.ts'
import { payload as arbitraryPayload, fixedHex, uint64 } from './testing/arbitraries.ts'
import { testRollupConfig, testSystemConfig } from './testing/rollup-config.ts'

const l1: L1Header = {
  hash: `0x${'b1'.repeat(32)}`,
  number: 1234n,
  parentHash: zeroHash,
  timestamp: 1990n,
  mixHash: zeroHash,
  baseFeePerGas: 7n,
}

/** Any payload, made the block with that system config at time 2000. */
function block(forks: ForkSchedule, systemConfig: SystemConfig, changes: Partial<ExecutionPayload> = {}) {
  const config = testRollupConfig(forks)
  const deposit = l1InfoDeposit({ config, systemConfig, sequenceNumber: 3n, l1, l2Timestamp: 2000n })
  const [any] = fc.sample(arbitraryPayload(3), { numRuns: 1, seed: 1 })
  const jovian = forks.jovian !== undefined
  const extraData: Hex =
    forks.holocene === undefined
      ? '0x'
      : encodeExtraData(systemConfig.eip1559Params, jovian ? systemConfig.minBaseFee : undefined)
  const payload: ExecutionPayload = {
    ...any!,
    blockNumber: 500n,
    timestamp: 2000n,
    gasLimit: systemConfig.gasLimit,
    extraData,
    transactions: [encodeDepositTransaction(deposit)],
    ...changes,
  }
  return { config, payload }
}

/** Of the blocks that `block` makes. */
const blockTime = 2000n
const full: SystemConfig = {
  ...testSystemConfig,
  overhead: zeroHash,
  scalar: encodeEcotoneScalars({ baseFeeScalar: 1, blobBaseFeeScalar: 2 }),
  gasLimit: 60_000_000n,
  eip1559Params: '0x000000fa00000006',
  operatorFeeParams: `0x${'00'.repeat(20)}0000000900000000000000ab`,
  minBaseFee: 100n,
  daFootprintGasScalar: 512,
}
const without = (...fields: (keyof SystemConfig)[]): SystemConfig => ({
  ...full,
  ...Object.fromEntries(fields.map((field) => [field, testSystemConfig[field]])),
})

describe('l2BlockRefFromPayload', () => {
  it('takes the origin from the first transaction', () => {
    const { config, payload } = block(forksActiveFrom('jovian'), full)
    expect(l2BlockRefFromPayload(config, payload)).toEqual({
      hash: payload.blockHash,
      number: 500n,
      parentHash: payload.parentHash,
      timestamp: 2000n,
      l1Origin: { hash: l1.hash, number: 1234n },
      sequenceNumber: 3n,
    })
  })

  it('takes the genesis block from the configuration', () => {
    const { config, payload } = block(forksActiveFrom('jovian'), full, {
      blockNumber: 0n,
      blockHash: `0x${'a2'.repeat(32)}`,
      transactions: [],
    })
    expect(l2BlockRefFromPayload(config, payload)).toMatchObject({
      l1Origin: config.genesis.l1,
      sequenceNumber: 0n,
    })
    expect(systemConfigFromPayload(config, payload)).toBe(config.genesis.systemConfig)
  })

  const jovian = forksActiveFrom('jovian')
  const ecotoneInfo = block(forksActiveFrom('ecotone'), full).payload.transactions
  it.each([
    ["another chain's genesis", { blockNumber: 0n }, 'L2 genesis block'],
    ['no transactions', { transactions: [] }, 'found no transactions'],
    ['a first transaction that is no deposit', { transactions: ['0x02c0' as const] }, 'deposit transaction'],
    ['L1 info of another fork', { transactions: ecotoneInfo }, 'expected jovian L1 info, found ecotone'],
  ] satisfies [string, Partial<ExecutionPayload>, string][])('refuses %s', (_name, changes, message) => {
    const { config, payload } = block(jovian, full, changes)
    expect(() => l2BlockRefFromPayload(config, payload)).toThrow(message)
    expect(() => systemConfigFromPayload(config, payload)).toThrow(message)
  })
})

describe('systemConfigFromPayload gives back the config that the block was built with', () => {
  it.each([
    ['Jovian', forksActiveFrom('jovian'), full],
    ['Isthmus', forksActiveFrom('isthmus'), without('minBaseFee', 'daFootprintGasScalar')],
    [
      'Holocene',
      forksActiveFrom('holocene'),
      without('minBaseFee', 'daFootprintGasScalar', 'operatorFeeParams'),
    ],
    [
      'Ecotone',
      forksActiveFrom('ecotone'),
      without('minBaseFee', 'daFootprintGasScalar', 'operatorFeeParams', 'eip1559Params'),
    ],
    ['Bedrock', {}, testSystemConfig],
  ] satisfies [string, ForkSchedule, SystemConfig][])('%s', (_name, forks, systemConfig) => {
    const { config, payload } = block(forks, systemConfig)
    expect(systemConfigFromPayload(config, payload)).toEqual(systemConfig)
  })

  it('shows the default DA scalar, which is what the L1 info carries', () => {
    const { config, payload } = block(forksActiveFrom('jovian'), { ...full, daFootprintGasScalar: 0 })
    expect(systemConfigFromPayload(config, payload).daFootprintGasScalar).toBe(400)
  })
})

describe('inheritedSystemConfig', () => {
  const upgrade = {
    intent: 'a',
    from: `0x${'00'.repeat(20)}`,
    to: null,
    data: '0x',
    gasLimit: 1000n,
  } as const

  it.each<[string, bigint, boolean, bigint]>([
    [
      'is without the gas of the upgrade after the first Karst block',
      blockTime,
      false,
      full.gasLimit - 1000n,
    ],
    ['keeps it where the chain has kept it', blockTime, true, full.gasLimit],
    ['is the same after any other block', blockTime - 2n, false, full.gasLimit],
  ])('%s', (_, karst, keepKarstUpgradeGas, gasLimit) => {
    const { config, payload } = block({ ...forksActiveFrom('jovian'), karst }, full)
    const inherited = inheritedSystemConfig({ ...config, keepKarstUpgradeGas }, payload, { karst: [upgrade] })
    expect(inherited).toEqual({ ...full, gasLimit })
  })

  it('refuses a block with less gas than its upgrade adds', () => {
    const { config, payload } = block({ ...forksActiveFrom('jovian'), karst: blockTime }, full)
    const much = { karst: [{ ...upgrade, gasLimit: full.gasLimit + 1n }] }
    expect(() => inheritedSystemConfig(config, payload, much)).toThrow(DecodeError)
  })
})

describe('extraData', () => {
  const params = fixedHex(8).filter((value) => !value.startsWith('0x00000000'))
  const holocene = testRollupConfig(forksActiveFrom('holocene'))
  const jovian = testRollupConfig(forksActiveFrom('jovian'))

  it('decodes what is encoded', () => {
    fc.assert(
      fc.property(params, uint64, (eip1559Params, minBaseFee) => {
        expect(decodeExtraData(holocene, 2000n, encodeExtraData(eip1559Params))).toEqual({
          eip1559Params,
          minBaseFee: 0n,
        })
        expect(decodeExtraData(jovian, 2000n, encodeExtraData(eip1559Params, minBaseFee))).toEqual({
          eip1559Params,
          minBaseFee,
        })
      }),
    )
  })

  // holocene/exec-engine.md and jovian/exec-engine.md, "Extended extraData".
  it.each([
    ['nothing', holocene, '0x'],
    ['8 bytes', holocene, '0x00000000fa000000'],
    ['10 bytes', holocene, '0x00000000fa0000000600'],
    ['version 1 before Jovian', holocene, '0x01000000fa00000006'],
    ['a zero denominator', holocene, '0x000000000000000006'],
    ['9 bytes from Jovian on', jovian, '0x01000000fa00000006'],
    ['version 0 from Jovian on', jovian, '0x00000000fa000000060000000000000000'],
  ] as const)('refuses %s', (_name, config, extraData) => {
    expect(() => decodeExtraData(config, 2000n, extraData)).toThrow(/extraData/)
  })
})
