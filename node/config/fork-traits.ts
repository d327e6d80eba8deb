import { type ForkName, forkNames, isForkActivationBlock } from './forks.ts'
import type { RollupConfig } from './rollup-config.ts'

/** What the first block of a fork that activates after genesis is like. The rest of a fork's rules is where they apply. */
interface ForkTraits {
  /**
   * It carries upgrade transactions. `named`: their source hashes come from `<Fork>: <intent>`, and they share the
   * block's gas limit with the deposits. `bundled`, from Karst on: from `<Fork> <index>: <intent>`, and the gas limits of
   * all are added to the block's. Sources: the derivation.md of each fork; specs/protocol/l2-upgrades-1-execution.md,
   * "Gas Allocation Specification".
   */
  readonly upgrades?: 'named' | 'bundled'
  /**
   * It has no sequenced transactions. `by-sequencer`: op-node's and kona's sequencers leave it empty, but a batch may
   * fill it. `by-rule`: a batch that fills it is dropped. Source: jovian/derivation.md, "Activation Block Rules".
   */
  readonly empty?: 'by-sequencer' | 'by-rule'
}

/** Every fork has its line here: whoever adds one to {@link forkNames} must say what its first block is like. */
export const forkTraits: Readonly<Record<ForkName, ForkTraits>> = {
  regolith: {},
  canyon: {},
  delta: {},
  ecotone: { upgrades: 'named', empty: 'by-sequencer' },
  fjord: { upgrades: 'named', empty: 'by-sequencer' },
  granite: { empty: 'by-sequencer' },
  holocene: { empty: 'by-sequencer' },
  isthmus: { upgrades: 'named', empty: 'by-sequencer' },
  jovian: { upgrades: 'named', empty: 'by-rule' },
  karst: { upgrades: 'bundled', empty: 'by-rule' },
}

/** Forks whose first block has upgrade transactions, in activation order. */
export const forksWithUpgrades = forkNames.filter((fork) => forkTraits[fork].upgrades !== undefined)

const emptyBySequencer = forkNames.filter((fork) => forkTraits[fork].empty !== undefined)
const emptyByRule = forkNames.filter((fork) => forkTraits[fork].empty === 'by-rule')

/** True for the L2 blocks that a sequencer builds without its pool. `timestamp` is the block's, in seconds. */
export function isLeftEmpty(config: RollupConfig, timestamp: bigint): boolean {
  return activatesOneOf(emptyBySequencer, config, timestamp)
}

/** True for the L2 blocks in which a batch must not have transactions. */
export function mustBeEmpty(config: RollupConfig, timestamp: bigint): boolean {
  return activatesOneOf(emptyByRule, config, timestamp)
}

function activatesOneOf(forks: readonly ForkName[], config: RollupConfig, timestamp: bigint): boolean {
  return forks.some((fork) => isForkActivationBlock(config.forks, fork, timestamp, config.blockTime))
}
