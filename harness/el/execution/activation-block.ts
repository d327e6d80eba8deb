import { type ForkSchedule, forkNames, isForkActivationBlock } from '../../../node/config/forks.ts'

/** Before Jovian it was the sequencer's habit and no rule of the chain. */
const since = forkNames.slice(forkNames.indexOf('jovian'))

/**
 * True for the first block of a fork from Jovian on, which holds deposits only. The parent's time decides, since an
 * engine does not know the chain's block time.
 * Source: jovian/derivation.md, "Activation Block Rules"; upstream's engines refuse the block since Karst's releases
 * (`is_no_user_tx_activation_block` of alloy-op-hardforks).
 */
export function isActivationBlock(forks: ForkSchedule, parentTimestamp: bigint, timestamp: bigint): boolean {
  return since.some((fork) => isForkActivationBlock(forks, fork, timestamp, timestamp - parentTimestamp))
}
