import type { UpgradeBundle, UpgradeBundles } from '../protocol/upgrade-bundle.ts'
import { ConfigError } from './config-error.ts'
import { listed, wrong } from './flag-values.ts'
import type { FlagValue } from './flags-parse.ts'
import { forksWithUpgrades } from './fork-traits.ts'

/**
 * The bundle files of `--rollup.upgrades FORK=FILE`, each read once.
 * @throws ConfigError for a fork that has no upgrade transactions, or is named twice.
 */
export function readUpgradeFiles(
  given: FlagValue | undefined,
  read: (path: string) => UpgradeBundle,
): UpgradeBundles {
  const bundles = new Map<string, UpgradeBundle>()
  for (const one of given === undefined ? [] : listed(given)) {
    const [, name, path] = /^([a-z]+)=(.+)$/.exec(one.value) ?? []
    const fork = forksWithUpgrades.find((known) => known === name)
    if (fork === undefined || path === undefined)
      throw wrong(
        one,
        `FORK=FILE with a fork that has upgrade transactions (${forksWithUpgrades.join(', ')})`,
      )
    if (bundles.has(fork))
      throw new ConfigError(`${one.origin}: expected one bundle of ${fork}, found another: ${path}`)
    bundles.set(fork, read(path))
  }
  return Object.fromEntries(bundles)
}
