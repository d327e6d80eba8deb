import { type ForkSchedule, forksActiveFrom } from '../../config/forks.ts'
import type { RollupConfig } from '../../config/rollup-config.ts'
import type { SystemConfig } from '../system-config.ts'

export const testSystemConfig: SystemConfig = {
  batcherAddr: '0x6887246668a3b87f54deb3b94ba47a6f63f32985',
  overhead: `0x${'00'.repeat(31)}bc`,
  scalar: `0x${'00'.repeat(29)}0a6fe0`,
  gasLimit: 30_000_000n,
  eip1559Params: '0x0000000000000000',
  operatorFeeParams: `0x${'00'.repeat(32)}`,
  minBaseFee: 0n,
  daFootprintGasScalar: 0,
}

/** A chain with genesis at time 1000, blocks every 2 s and an L1 that no table knows. */
export function testRollupConfig(forks: ForkSchedule = forksActiveFrom('jovian')): RollupConfig {
  return {
    genesis: {
      l1: { hash: `0x${'a1'.repeat(32)}`, number: 50n },
      l2: { hash: `0x${'a2'.repeat(32)}`, number: 0n },
      l2Time: 1000n,
      systemConfig: testSystemConfig,
    },
    blockTime: 2n,
    maxSequencerDrift: 600n,
    seqWindowSize: 3600n,
    channelTimeout: 300n,
    l1ChainId: 900n,
    l2ChainId: 901n,
    forks,
    batchInboxAddress: '0xff00000000000000000000000000000000000901',
    depositContractAddress: '0xdede000000000000000000000000000000000001',
    l1SystemConfigAddress: '0x5c5c000000000000000000000000000000000001',
    keepKarstUpgradeGas: false,
    eip1559: { elasticity: 6n, denominator: 50n, denominatorCanyon: 250n },
  }
}
