import type { Hash } from 'viem'
import { describe, expect, it } from 'vitest'
import { type ForkSchedule, forkNames } from '../../../node/config/forks.ts'
import type { ElConfig } from '../execution/types.ts'
import { ethConfigMethods } from './eth-config.ts'
import { forkHash } from './fork-id.ts'

const genesisHash: Hash = `0x${'5a'.repeat(32)}`
const genesisTime = 1_000n
/** Everything up to Holocene at genesis or before, and three forks to come. */
const forks: ForkSchedule = {
  ...Object.fromEntries(forkNames.slice(0, forkNames.indexOf('holocene') + 1).map((name) => [name, 0n])),
  granite: genesisTime,
  isthmus: 1_010n,
  jovian: 1_020n,
  karst: 1_030n,
}

/** `eth_config` of a chain whose head is of that time. */
function configAt(timestamp: bigint, schedule: ForkSchedule = forks) {
  const config: ElConfig = {
    chainId: 901n,
    forks: schedule,
    eip1559: { elasticity: 6n, denominator: 50n, denominatorCanyon: 250n },
  }
  const genesis = { hash: genesisHash, header: { timestamp: genesisTime } }
  const { eth_config: handler } = ethConfigMethods({
    config,
    chain: { head: { header: { timestamp } }, store: { genesis } },
  })
  return handler?.([])
}

const address = (number: number) => `0x${number.toString(16).padStart(40, '0')}`
const upToCancun = {
  ECREC: address(1),
  SHA256: address(2),
  RIPEMD160: address(3),
  ID: address(4),
  MODEXP: address(5),
  BN254_ADD: address(6),
  BN254_MUL: address(7),
  BN254_PAIRING: address(8),
  BLAKE2F: address(9),
  KZG_POINT_EVALUATION: address(0x0a),
  P256VERIFY: address(0x100),
}
const upToPrague = {
  ...upToCancun,
  BLS12_G1ADD: address(0x0b),
  BLS12_G1MSM: address(0x0c),
  BLS12_G2ADD: address(0x0d),
  BLS12_G2MSM: address(0x0e),
  BLS12_PAIRING_CHECK: address(0x0f),
  BLS12_MAP_FP_TO_G1: address(0x10),
  BLS12_MAP_FP2_TO_G2: address(0x11),
}
const beaconRoots = { BEACON_ROOTS_ADDRESS: '0x000f3df6d732807ef1319fb7b8bb8522d0beac02' }
const cancun = {
  activationTime: 0,
  chainId: '0x385',
  forkId: forkHash(genesisHash, []),
  blobSchedule: { baseFeeUpdateFraction: 3_338_477, max: 6, target: 3 },
  precompiles: upToCancun,
  systemContracts: beaconRoots,
}
const prague = (activationTime: number, ...passed: readonly bigint[]) => ({
  ...cancun,
  activationTime,
  forkId: forkHash(genesisHash, passed),
  blobSchedule: { baseFeeUpdateFraction: 5_007_716, max: 9, target: 6 },
  precompiles: upToPrague,
  systemContracts: {
    ...beaconRoots,
    CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS: '0x0000bbddc7ce488642fb579f8b00f3a590007251',
    HISTORY_STORAGE_ADDRESS: '0x0000f90827f1c53a10cb7a02335b175320002935',
    WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS: '0x00000961ef480eb55e80d19ad83579a64c007002',
  },
})
const isthmus = prague(1_010, 1_010n)
const jovian = prague(1_020, 1_010n, 1_020n)
const karst = prague(1_030, 1_010n, 1_020n, 1_030n)

describe('eth_config (EIP-7910)', () => {
  it('tells the rules in force, the next and the last', () => {
    expect(configAt(genesisTime)).toEqual({ current: cancun, next: isthmus, last: karst })
  })

  it.each([
    ['the second before a fork', 1_009n, cancun, isthmus, karst],
    ['its first second', 1_010n, isthmus, jovian, karst],
    ['between two', 1_015n, isthmus, jovian, karst],
    ['the last but one: the next is the last', 1_029n, jovian, karst, karst],
    ['the last', 1_030n, karst, null, null],
    ['long after', 9_999n, karst, null, null],
  ] as const)('moves on with the first block of a fork: %s', (_, timestamp, current, next, last) => {
    expect(configAt(timestamp)).toEqual({ current, next, last })
  })

  it('names two forks of one second once', () => {
    const schedule = { ...forks, jovian: 1_030n }
    expect(configAt(1_010n, schedule)).toEqual({
      current: isthmus,
      next: prague(1_030, 1_010n, 1_030n),
      last: prague(1_030, 1_010n, 1_030n),
    })
  })

  it('leaves out what a fork does not have yet', () => {
    const {
      isthmus: _i,
      jovian: _j,
      karst: _k,
      ecotone: _e,
      fjord: _f,
      granite: _g,
      holocene: _h,
      ...canyon
    } = forks
    const { KZG_POINT_EVALUATION: _kzg, P256VERIFY: _p256, ...precompiles } = upToCancun
    expect(configAt(genesisTime, canyon)).toEqual({
      current: { ...cancun, precompiles, systemContracts: {} },
      next: null,
      last: null,
    })
  })
})
