import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { type Hex, toFunctionSelector } from 'viem'
import { describe, expect, it } from 'vitest'
import { hasVectors, vector } from '../adapters/testing/vectors.ts'
import { type ForkSchedule, forksActiveFrom } from '../config/forks.ts'
import type { L1Header } from '../ports/l1-source.ts'
import { DecodeError } from './byte-reader.ts'
import { decodeDepositTransaction, l1InfoSourceHash } from './deposit-transaction.ts'
import { encodeEcotoneScalars } from './fee-scalar.ts'
import {
  decodeL1Info,
  encodeL1Info,
  type L1Info,
  type L1InfoFormat,
  l1InfoDeposit,
  l1InfoFormat,
} from './l1-info.ts'
import { zeroHash } from './refs.ts'
import { address, hash, uint32, uint64, uint256 } from './testing/arbitraries.ts'
import { testRollupConfig, testSystemConfig } from './testing/rollup-config.ts'

const arbitraryInfo: fc.Arbitrary<L1Info> = fc.record({
  number: uint64,
  timestamp: uint64,
  baseFee: uint256,
  blockHash: hash,
  sequenceNumber: uint64,
  batcherAddr: address,
  overhead: hash,
  scalar: hash,
  blobBaseFee: uint256,
  baseFeeScalar: uint32,
  blobBaseFeeScalar: uint32,
  operatorFeeScalar: uint32,
  operatorFeeConstant: uint64,
  daFootprintGasScalar: fc.integer({ min: 0, max: 0xffff }),
})

const noFees = { overhead: zeroHash, scalar: zeroHash }
const noScalars = { blobBaseFee: 0n, baseFeeScalar: 0, blobBaseFeeScalar: 0 }
const noOperatorFee = { operatorFeeScalar: 0, operatorFeeConstant: 0n }
/** What a format does not carry. */
const lost: Record<L1InfoFormat, Partial<L1Info>> = {
  bedrock: { ...noScalars, ...noOperatorFee, daFootprintGasScalar: 0 },
  ecotone: { ...noFees, ...noOperatorFee, daFootprintGasScalar: 0 },
  isthmus: { ...noFees, daFootprintGasScalar: 0 },
  jovian: noFees,
}
const formats = Object.keys(lost) as L1InfoFormat[]

describe('encoding', () => {
  it.each(formats)('%s decodes what is encoded', (format) => {
    fc.assert(
      fc.property(arbitraryInfo, (info) => {
        expect(decodeL1Info(encodeL1Info(info, format))).toEqual({ ...info, ...lost[format], format })
      }),
    )
  })

  const info = decodeL1Info(`0x440a5e20${'01'.repeat(128)}${'00'.repeat(12)}${'02'.repeat(20)}`)

  // deposits.md and the l1-attributes.md of Ecotone, Isthmus and Jovian.
  it.each([
    ['bedrock', 'setL1BlockValues(uint64,uint64,uint256,bytes32,uint64,bytes32,uint256,uint256)', 260],
    ['ecotone', 'setL1BlockValuesEcotone()', 164],
    ['isthmus', 'setL1BlockValuesIsthmus()', 176],
    ['jovian', 'setL1BlockValuesJovian()', 178],
  ] as const)('%s calls %s with %i bytes', (format, signature, length) => {
    const encoded = encodeL1Info(info, format)
    expect(encoded.slice(0, 10)).toBe(toFunctionSelector(signature))
    expect((encoded.length - 2) / 2).toBe(length)
  })

  it.each(formats)('%s of another length is refused', (format) => {
    const encoded = encodeL1Info(info, format)
    expect(() => decodeL1Info(encoded.slice(0, -2) as Hex)).toThrow(DecodeError)
    expect(() => decodeL1Info(`${encoded}00`)).toThrow(DecodeError)
  })

  it('refuses another call and padding that is set', () => {
    expect(() => decodeL1Info('0x')).toThrow('selector')
    expect(() => decodeL1Info(`0x760ee04d${'00'.repeat(160)}`)).toThrow('selector')
    const bedrock = encodeL1Info(info, 'bedrock')
    expect(() => decodeL1Info(`${bedrock.slice(0, 10)}01${bedrock.slice(12)}` as Hex)).toThrow('uint64')
    const ecotone = encodeL1Info(info, 'ecotone')
    expect(() => decodeL1Info(`${ecotone.slice(0, 266)}01${ecotone.slice(268)}` as Hex)).toThrow(
      '12 zero bytes',
    )
  })

  it.skipIf(!hasVectors)('reads the L1 info of a real OP Sepolia block', () => {
    const block = JSON.parse(gunzipSync(vector('executor/block-26207960.json.gz')).toString())
    const transaction = decodeDepositTransaction(block.executing_payload.transactions[0])
    const real = decodeL1Info(transaction.data)
    expect(real.format).toBe('ecotone')
    expect(real.batcherAddr).toBe(block.rollup_config.genesis.system_config.batcherAddr)
    expect(transaction.sourceHash).toBe(l1InfoSourceHash(real.blockHash, real.sequenceNumber))
    expect(encodeL1Info(real, 'ecotone')).toBe(transaction.data)
  })
})

describe('format by fork', () => {
  // The first block of a fork has the format before it; a fork that is active at genesis has no first block.
  const forks: ForkSchedule = {
    ...forksActiveFrom('delta'),
    ecotone: 2000n,
    fjord: 2000n,
    granite: 2000n,
    holocene: 2000n,
    isthmus: 3000n,
    jovian: 4000n,
  }
  it.each([
    ['before Ecotone', forks, 1998n, 'bedrock'],
    ['first Ecotone block', forks, 2000n, 'bedrock'],
    ['second Ecotone block', forks, 2002n, 'ecotone'],
    ['first Isthmus block', forks, 3000n, 'ecotone'],
    ['second Isthmus block', forks, 3002n, 'isthmus'],
    ['first Jovian block', forks, 4000n, 'isthmus'],
    ['second Jovian block', forks, 4002n, 'jovian'],
    ['first Karst block', { ...forks, karst: 5000n }, 5000n, 'jovian'],
    ['second Karst block', { ...forks, karst: 5000n }, 5002n, 'jovian'],
    ['first block of Jovian and Karst', { ...forks, karst: 4000n }, 4000n, 'isthmus'],
    ['first block after a time between blocks', { ...forks, ecotone: 1999n }, 2000n, 'bedrock'],
    ['all forks in one block', { ...forks, isthmus: 2000n, jovian: 2000n }, 2000n, 'bedrock'],
    ['the block after all forks', { ...forks, isthmus: 2000n, jovian: 2000n }, 2002n, 'jovian'],
    ['block 1 with Jovian at genesis', forksActiveFrom('jovian', 0n), 1002n, 'jovian'],
    ['block 1 with Jovian at the genesis time', forksActiveFrom('jovian', 1000n), 1002n, 'jovian'],
    ['block 1 with Ecotone at genesis', forksActiveFrom('ecotone', 0n), 1002n, 'ecotone'],
    ['block 1 activates Ecotone', { ...forksActiveFrom('delta'), ecotone: 1001n }, 1002n, 'bedrock'],
  ] satisfies [string, ForkSchedule, bigint, L1InfoFormat][])('%s', (_name, schedule, time, format) => {
    expect(l1InfoFormat(testRollupConfig(schedule), time)).toBe(format)
  })
})

describe('l1InfoDeposit', () => {
  const l1: L1Header = {
    hash: `0x${'b1'.repeat(32)}`,
    number: 1234n,
    parentHash: `0x${'b0'.repeat(32)}`,
    timestamp: 1990n,
    mixHash: zeroHash,
    baseFeePerGas: 7n,
    excessBlobGas: 0n,
  }
  const systemConfig = {
    ...testSystemConfig,
    scalar: encodeEcotoneScalars({ baseFeeScalar: 1368, blobBaseFeeScalar: 810_949 }),
    operatorFeeParams: `0x${'00'.repeat(20)}0000000900000000000000ab` as const,
  }
  const build = (
    forks: ForkSchedule,
    changes: { l1?: Partial<L1Header>; scalar?: Hex; da?: number } = {},
  ) => {
    const deposit = l1InfoDeposit({
      config: testRollupConfig(forks),
      systemConfig: {
        ...systemConfig,
        ...(changes.scalar === undefined ? {} : { scalar: changes.scalar }),
        daFootprintGasScalar: changes.da ?? 0,
      },
      sequenceNumber: 3n,
      l1: { ...l1, ...changes.l1 },
      l2Timestamp: 2000n,
    })
    return { deposit, info: decodeL1Info(deposit.data) }
  }

  it.each([
    ['Bedrock', {}, 150_000_000n, true],
    ['Regolith', forksActiveFrom('regolith'), 1_000_000n, false],
    ['Jovian', forksActiveFrom('jovian'), 1_000_000n, false],
  ] satisfies [string, ForkSchedule, bigint, boolean][])(
    '%s decides gas and system flag',
    (_name, forks, gas, system) => {
      expect(build(forks).deposit).toMatchObject({
        from: '0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001',
        to: '0x4200000000000000000000000000000000000015',
        mint: 0n,
        value: 0n,
        gas,
        isSystemTransaction: system,
        sourceHash: l1InfoSourceHash(l1.hash, 3n),
      })
    },
  )

  it('names the L1 origin in every format', () => {
    for (const fork of ['regolith', 'ecotone', 'isthmus', 'jovian'] as const)
      expect(build(forksActiveFrom(fork)).info).toMatchObject({
        number: 1234n,
        timestamp: 1990n,
        baseFee: 7n,
        blockHash: l1.hash,
        sequenceNumber: 3n,
        batcherAddr: systemConfig.batcherAddr,
      })
  })

  it('carries the whole scalar before Ecotone and its parts from then on', () => {
    expect(build(forksActiveFrom('delta')).info).toMatchObject({
      overhead: systemConfig.overhead,
      scalar: systemConfig.scalar,
    })
    expect(build(forksActiveFrom('ecotone')).info).toMatchObject({
      baseFeeScalar: 1368,
      blobBaseFeeScalar: 810_949,
    })
    const version0 = build(forksActiveFrom('ecotone'), { scalar: testSystemConfig.scalar }).info
    expect(version0).toMatchObject({ baseFeeScalar: 0x0a6fe0, blobBaseFeeScalar: 0 })
    expect(() => build(forksActiveFrom('ecotone'), { scalar: `0x02${'00'.repeat(31)}` })).toThrow(
      'version 0, or of version 1',
    )
  })

  it('computes the blob base fee from the excess blob gas, and takes 1 where L1 has none', () => {
    const { excessBlobGas: _, ...beforeCancun } = l1
    const fee = (header: L1Header) =>
      decodeL1Info(
        l1InfoDeposit({
          config: testRollupConfig(),
          systemConfig,
          sequenceNumber: 0n,
          l1: header,
          l2Timestamp: 2000n,
        }).data,
      ).blobBaseFee
    expect(fee(beforeCancun)).toBe(1n)
    expect(fee({ ...l1, excessBlobGas: 100_000_000n })).toBe(470_442_149n)
  })

  it('carries the operator fee from Isthmus on and the DA scalar, 400 by default, from Jovian on', () => {
    expect(build(forksActiveFrom('isthmus')).info).toMatchObject({
      operatorFeeScalar: 9,
      operatorFeeConstant: 0xabn,
    })
    expect(build(forksActiveFrom('jovian')).info.daFootprintGasScalar).toBe(400)
    expect(build(forksActiveFrom('jovian'), { da: 512 }).info.daFootprintGasScalar).toBe(512)
  })
})
