import { type Address, concat, type Hash, numberToHex, pad } from 'viem'
import type { Eip1559Constants, RollupConfig } from '../../node/config/rollup-config.ts'
import type { SystemConfig } from '../../node/protocol/system-config.ts'
import type { Accounts } from './accounts.ts'
import { l1ChainConfig } from './chain-config.ts'
import type { ChainParameters } from './chain-parameters.ts'
import { l1Addresses } from './contracts.ts'
import { emptyWord, type GenesisFile } from './genesis-file.ts'
import { l2GenesisBlock } from './genesis-state.ts'
import { type AnvilState, l1Genesis } from './l1-genesis.ts'
import { absoluteForks, l2GenesisFile } from './l2-genesis.ts'

/** Everything that defines the two chains of a devstack. */
export interface GeneratedChain {
  /** For anvil. */
  readonly l1State: AnvilState
  /** Geth's chain config of L1, for real clients. */
  readonly l1ChainConfig: Readonly<Record<string, unknown>>
  /** For the L2 execution engines. */
  readonly l2Genesis: GenesisFile
  /** For the consensus nodes. */
  readonly rollup: RollupConfig
}

/** OP Mainnet's values. */
const eip1559: Eip1559Constants = { elasticity: 6n, denominator: 50n, denominatorCanyon: 250n }
const baseFeeScalar = 1368
const blobBaseFeeScalar = 810_949

/**
 * Makes both chains from the topology's parameters: the same input gives the same output. L1 and L2 start at the
 * same time.
 * @param genesisTimestamp Seconds.
 */
export async function generateChain(
  parameters: ChainParameters,
  accounts: Accounts,
  genesisTimestamp: bigint,
): Promise<GeneratedChain> {
  const systemConfig = genesisSystemConfig(parameters, accounts)
  const l2Genesis = l2GenesisFile(parameters, accounts, eip1559, genesisTimestamp)
  const l2Hash: Hash = (await l2GenesisBlock(l2Genesis)).hash
  const l1 = l1Genesis(accounts, systemConfig, genesisTimestamp)
  return {
    l1State: l1.state,
    l1ChainConfig: l1ChainConfig(parameters.l1ChainId),
    l2Genesis,
    rollup: {
      genesis: {
        l1: { hash: l1.hash, number: 0n },
        l2: { hash: l2Hash, number: 0n },
        l2Time: genesisTimestamp,
        systemConfig,
      },
      ...rollupTimes(parameters),
      l1ChainId: BigInt(parameters.l1ChainId),
      l2ChainId: BigInt(parameters.l2ChainId),
      forks: absoluteForks(parameters.forks, genesisTimestamp),
      batchInboxAddress: batchInboxAddress(parameters.l2ChainId),
      depositContractAddress: l1Addresses.depositContract,
      l1SystemConfigAddress: l1Addresses.systemConfig,
      keepKarstUpgradeGas: false,
      eip1559,
    },
  }
}

/** What the nodes are told of the parameters, and neither genesis block depends on. */
export function rollupTimes(
  parameters: ChainParameters,
): Pick<RollupConfig, 'blockTime' | 'maxSequencerDrift' | 'seqWindowSize' | 'channelTimeout'> {
  return {
    blockTime: BigInt(parameters.l2BlockTime),
    maxSequencerDrift: BigInt(parameters.maxSequencerDrift),
    seqWindowSize: BigInt(parameters.seqWindowSize),
    channelTimeout: BigInt(parameters.channelTimeout),
  }
}

function genesisSystemConfig(parameters: ChainParameters, accounts: Accounts): SystemConfig {
  return {
    batcherAddr: accounts.batcher.address,
    overhead: emptyWord,
    // Version 1: 24 bytes up to the blob base fee scalar, then the base fee scalar.
    scalar: concat([
      pad('0x01', { size: 24, dir: 'right' }),
      numberToHex(blobBaseFeeScalar, { size: 4 }),
      numberToHex(baseFeeScalar, { size: 4 }),
    ]),
    gasLimit: BigInt(parameters.gasLimit),
    // Zero: the chain's own constants.
    eip1559Params: '0x0000000000000000',
    operatorFeeParams: emptyWord,
    minBaseFee: 0n,
    daFootprintGasScalar: 0,
  }
}

/** The convention of the OP Stack: 0xff, then the chain id in decimal digits. */
function batchInboxAddress(l2ChainId: number): Address {
  return `0xff${String(l2ChainId).padStart(38, '0')}`
}
