import type { Hex } from 'viem'
import { forksWithUpgrades, forkTraits } from '../config/fork-traits.ts'
import { type ForkName, isForkActivationBlock } from '../config/forks.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import { bundleGas, encodeUpgradeBundle, type UpgradeBundle, type UpgradeBundles } from './upgrade-bundle.ts'

/** The node was not given the upgrade bundle of a fork that activates after genesis. */
export class MissingUpgradeError extends Error {
  override readonly name = 'MissingUpgradeError'
}

/** What the rules of upgrades need of a rollup config. */
export type UpgradeConfig = Pick<RollupConfig, 'forks' | 'blockTime' | 'keepKarstUpgradeGas'>

/** What the first block of a fork has beside deposits and batches. */
export interface BlockUpgrade {
  /** Encoded, oldest fork first; they come after the user deposits. */
  readonly transactions: readonly Hex[]
  /** Added to the gas limit of the system config, for this block alone. */
  readonly gas: bigint
}

/**
 * The upgrade of the L2 block with that timestamp; nothing unless the block is the first of a fork.
 * @throws MissingUpgradeError when a fork activates whose bundle is not there.
 */
export function upgradeOfBlock(
  config: UpgradeConfig,
  l2Timestamp: bigint,
  bundles: UpgradeBundles,
): BlockUpgrade {
  const activating = activatingBundles(config, l2Timestamp, bundles)
  return {
    transactions: activating.flatMap(({ fork, bundle }) => encodeUpgradeBundle(fork, bundle)),
    gas: gasOf(activating),
  }
}

/**
 * How much of the gas limit of the block with that timestamp was for its upgrade alone, so that its child does not
 * inherit it. A chain with `keep_karst_upgrade_gas` has kept Karst's since, as every node once did, until L1 sets a gas
 * limit. Source: op-node v1.19.1, "derive: fix sticky upgrade gas for Karst" (optimism#21441).
 * @throws MissingUpgradeError as {@link upgradeOfBlock}.
 */
export function upgradeGasToRevert(
  config: UpgradeConfig,
  l2Timestamp: bigint,
  bundles: UpgradeBundles,
): bigint {
  const activating = activatingBundles(config, l2Timestamp, bundles)
  return gasOf(activating.filter(({ fork }) => !(fork === 'karst' && config.keepKarstUpgradeGas)))
}

/**
 * One sentence on the bundles that deriving beyond an L2 block takes and that are not there; null when none is missing.
 * A fork that is active at genesis takes none, nor does one that is past.
 */
export function missingUpgrades(
  config: RollupConfig,
  bundles: UpgradeBundles,
  l2Timestamp: bigint,
): string | null {
  const missing = forksWithUpgrades.filter((fork) => {
    const time = config.forks[fork]
    // The child of a fork's first block still needs to know what gas to revert.
    return (
      bundles[fork] === undefined &&
      time !== undefined &&
      time > config.genesis.l2Time &&
      time > l2Timestamp - config.blockTime
    )
  })
  return missing.length === 0 ? null : missingSentence(config, missing)
}

function missingSentence(config: UpgradeConfig, forks: readonly ForkName[]): string {
  const when = forks.map((fork) => `${fork} activates at time ${config.forks[fork]}`).join(' and ')
  const flags = forks.map((fork) => `--rollup.upgrades ${fork}=FILE`).join(' ')
  return `${when}, after genesis: expected the upgrade bundle of ${forks.join(', ')}, found none; give ${flags}, or activate ${forks.length === 1 ? 'the fork' : 'the forks'} at genesis`
}

interface ActivatingBundle {
  readonly fork: ForkName
  readonly bundle: UpgradeBundle
}

function activatingBundles(
  config: UpgradeConfig,
  l2Timestamp: bigint,
  bundles: UpgradeBundles,
): readonly ActivatingBundle[] {
  const result: ActivatingBundle[] = []
  for (const fork of forksWithUpgrades) {
    if (!isForkActivationBlock(config.forks, fork, l2Timestamp, config.blockTime)) continue
    const bundle = bundles[fork]
    if (bundle === undefined) throw new MissingUpgradeError(missingSentence(config, [fork]))
    result.push({ fork, bundle })
  }
  return result
}

function gasOf(activating: readonly ActivatingBundle[]): bigint {
  return activating
    .filter(({ fork }) => forkTraits[fork].upgrades === 'bundled')
    .reduce((sum, { bundle }) => sum + bundleGas(bundle), 0n)
}
