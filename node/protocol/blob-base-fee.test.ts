import { describe, expect, it } from 'vitest'
import { blobBaseFee, blobBaseFeeUpdateFraction } from './blob-base-fee.ts'
import { testRollupConfig } from './testing/rollup-config.ts'

const cancun = 3_338_477n
const prague = 5_007_716n

describe('blobBaseFee', () => {
  // EIP-4844's fake_exponential with the update fraction of Cancun.
  it.each([
    [undefined, 1n],
    [0n, 1n],
    [2_314_057n, 1n],
    [2_314_058n, 2n],
    [10n * 1024n * 1024n, 23n],
  ])('excess %s', (excess, fee) => {
    expect(blobBaseFee(excess, cancun)).toBe(fee)
  })
})

describe('blobBaseFeeUpdateFraction', () => {
  const on = (l1ChainId: bigint, pectraBlobScheduleTime?: bigint) => ({
    ...testRollupConfig(),
    l1ChainId,
    ...(pectraBlobScheduleTime === undefined ? {} : { pectraBlobScheduleTime }),
  })

  // EIP-7691 and the activation times of the public networks; pectra-blob-schedule/derivation.md.
  it.each([
    ['mainnet before Prague', on(1n), 1_746_612_310n, cancun],
    ['mainnet from Prague', on(1n), 1_746_612_311n, prague],
    ['mainnet from BPO 1', on(1n), 1_765_290_071n, 8_346_193n],
    ['mainnet from BPO 2', on(1n), 1_767_747_671n, 11_684_671n],
    ['Sepolia before Prague', on(11_155_111n), 1_741_159_775n, cancun],
    ['Sepolia before the fix', on(11_155_111n, 1_742_486_400n), 1_742_486_399n, cancun],
    ['Sepolia from the fix', on(11_155_111n, 1_742_486_400n), 1_742_486_400n, prague],
    ['a development chain', on(900n), 0n, prague],
  ])('%s', (_name, config, time, fraction) => {
    expect(blobBaseFeeUpdateFraction(config, time)).toBe(fraction)
  })
})
