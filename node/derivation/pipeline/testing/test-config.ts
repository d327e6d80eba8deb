import { type ForkName, forksActiveFrom } from '../../../config/forks.ts'
import type { RollupConfig } from '../../../config/rollup-config.ts'
import type { BlockId } from '../../../protocol/refs.ts'

const address = (byte: string) => `0x${byte.repeat(20)}` as const
export const testHash = (byte: string) => `0x${byte.repeat(32)}` as const

export const testBatcher = address('ba')
export const testInbox = address('1b')

/** A chain whose forks up to `fork` are active from its genesis on: L2 blocks every second, windows of ten L1 blocks. */
export function testRollupConfig(
  fork: ForkName = 'jovian',
  overrides: Partial<RollupConfig> & { readonly l1Genesis?: BlockId } = {},
): RollupConfig {
  const { l1Genesis = { hash: testHash('a0'), number: 0n }, ...rest } = overrides
  return {
    genesis: {
      l1: l1Genesis,
      l2: { hash: testHash('b0'), number: 0n },
      l2Time: 1000n,
      systemConfig: {
        batcherAddr: testBatcher,
        overhead: testHash('00'),
        scalar: `0x01${'00'.repeat(31)}`,
        gasLimit: 30_000_000n,
        eip1559Params: '0x0000000000000000',
        operatorFeeParams: testHash('00'),
        minBaseFee: 0n,
        daFootprintGasScalar: 0,
      },
    },
    blockTime: 1n,
    maxSequencerDrift: 20n,
    seqWindowSize: 10n,
    channelTimeout: 8n,
    l1ChainId: 900n,
    l2ChainId: 901n,
    forks: forksActiveFrom(fork),
    batchInboxAddress: testInbox,
    depositContractAddress: address('de'),
    l1SystemConfigAddress: address('5c'),
    keepKarstUpgradeGas: false,
    eip1559: { elasticity: 6n, denominator: 50n, denominatorCanyon: 250n },
    ...rest,
  }
}
