import { readFileSync } from 'node:fs'
import { forksWithUpgrades } from '../../node/config/fork-traits.ts'
import type { ForkName } from '../../node/config/forks.ts'
import { parseUpgradeBundle } from '../../node/protocol/upgrade-bundle.ts'
import type { ChainParameters } from './chain-parameters.ts'

/** A fork activates after genesis, and what its first block takes is not there or not usable. */
export class UpgradeFileError extends Error {
  override readonly name = 'UpgradeFileError'
}

/**
 * The texts of the upgrade bundles that a chain takes: one for each fork with upgrade transactions that activates after
 * genesis. At genesis the allocation has what a fork brings.
 * @throws UpgradeFileError naming the fork.
 */
export function readUpgradeFiles({
  forks,
  upgrades = {},
}: Pick<ChainParameters, 'forks' | 'upgrades'>): ReadonlyMap<ForkName, string> {
  const texts = new Map<ForkName, string>()
  for (const fork of forksWithUpgrades) {
    const time = forks[fork]
    if (time === undefined || time === 0n) continue
    const path = upgrades[fork]
    if (path === undefined)
      throw new UpgradeFileError(
        `${fork} activates ${time} s after genesis: expected the path of its upgrade bundle in upgrades.${fork} of the parameters, found none; give a bundle file with the protocol's own upgrade transactions, or activate ${fork} at genesis`,
      )
    texts.set(fork, readBundle(fork, path))
  }
  return texts
}

function readBundle(fork: ForkName, path: string): string {
  try {
    const text = readFileSync(path, 'utf8')
    parseUpgradeBundle(JSON.parse(text))
    return text
  } catch (error) {
    throw new UpgradeFileError(
      `the upgrade bundle of ${fork}, ${path}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    )
  }
}
