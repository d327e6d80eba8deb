import { type ForkName, isForkActivationBlock } from '../config/forks.ts'
import type { RollupConfig } from '../config/rollup-config.ts'

/**
 * Forks whose first block holds no sequenced transaction: it carries upgrade transactions, or changes what the engine
 * needs to know before it fills a block. Source: specs/protocol/<fork>/derivation.md, "Network upgrade automation
 * transactions", and op-node's sequencer for Granite and Holocene.
 */
const emptyFirstBlock: readonly ForkName[] = ['ecotone', 'fjord', 'granite', 'holocene', 'isthmus', 'jovian']

/** True for the first block of such a fork. `timestamp` is that of the L2 block, in seconds. */
export function isEmptyForkBlock(config: RollupConfig, timestamp: bigint): boolean {
  return emptyFirstBlock.some((fork) =>
    isForkActivationBlock(config.forks, fork, timestamp, config.blockTime),
  )
}
