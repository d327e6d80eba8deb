import { readFileSync } from 'node:fs'
import { forksWithUpgrades } from '../../node/config/fork-traits.ts'
import type { ForkName } from '../../node/config/forks.ts'
import { parseUpgradeBundle, type UpgradeBundle } from '../../node/protocol/upgrade-bundle.ts'
import type { ChainParameters } from './chain-parameters.ts'

/** A fork activates after genesis, and what its first block takes is not there or not usable. */
export class UpgradeBundleError extends Error {
  override readonly name = 'UpgradeBundleError'
}

/**
 * The upgrade bundles that a chain takes: one for each fork with upgrade transactions that activates after genesis. At
 * genesis the allocation has what a fork brings.
 * @throws UpgradeBundleError naming the fork.
 */
export function requiredUpgrades({
  forks,
  upgrades = {},
}: Pick<ChainParameters, 'forks' | 'upgrades'>): ReadonlyMap<ForkName, UpgradeBundle> {
  const required = new Map<ForkName, UpgradeBundle>()
  for (const fork of forksWithUpgrades) {
    const time = forks[fork]
    if (time === undefined || time === 0n) continue
    const given = upgrades[fork]
    if (given === undefined)
      throw new UpgradeBundleError(
        `${fork} activates ${time} s after genesis: expected its upgrade bundle in upgrades.${fork} of the parameters, found none; give the path of a bundle file with the protocol's own upgrade transactions, or activate ${fork} at genesis`,
      )
    required.set(fork, typeof given === 'string' ? readBundle(fork, given) : given)
  }
  return required
}

function readBundle(fork: ForkName, path: string): UpgradeBundle {
  try {
    return parseUpgradeBundle(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    throw new UpgradeBundleError(
      `the upgrade bundle of ${fork}, ${path}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    )
  }
}

/** The bundle as its file has it. */
export function upgradeBundleToJson(bundle: UpgradeBundle): object {
  const transactions = bundle.map((transaction) => ({
    ...transaction,
    gasLimit: Number(transaction.gasLimit),
  }))
  return { metadata: { version: '1.0.0' }, transactions }
}
