import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  bundleFileText,
  ownFjordBundle,
  protocolBundle,
} from '../../harness/genesis/testing/protocol-upgrades.ts'
import { hasVectors } from '../../node/adapters/testing/vectors.ts'
import { bundleGas, type UpgradeBundle } from '../../node/protocol/upgrade-bundle.ts'

/** Forks that bring upgrade transactions. */
type UpgradeFork = 'ecotone' | 'fjord' | 'isthmus' | 'jovian' | 'karst'

/** Why scenarios that need the protocol's own upgrade transactions cannot run here; null when they can. */
export const skip = hasVectors
  ? null
  : "the protocol's upgrade transactions are not here: expected them in ../shared/vectors"

/** Upgrade bundles as files; empty when there are no vectors. */
interface BundleFiles {
  readonly paths: { readonly [fork in UpgradeFork]?: string }
  /** How many transactions the first block of the fork has for its upgrade, and the gas that they may use. */
  sizeOf(fork: UpgradeFork): { readonly transactions: number; readonly gas: bigint }
  remove(): void
}

/** Fjord's are in the protocol's shape with our own GasPriceOracle (see `ownFjordBundle`), all others the protocol's own. */
export function writeBundles(forks: readonly UpgradeFork[]): BundleFiles {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-bundles-'))
  const bundles = new Map<UpgradeFork, UpgradeBundle>(
    hasVectors ? forks.map((fork) => [fork, fork === 'fjord' ? ownFjordBundle() : protocolBundle(fork)]) : [],
  )
  const write = (fork: UpgradeFork, bundle: UpgradeBundle) => {
    const path = join(directory, `${fork}.json`)
    writeFileSync(path, bundleFileText(bundle))
    return path
  }
  return {
    paths: Object.fromEntries(Array.from(bundles, ([fork, bundle]) => [fork, write(fork, bundle)])),
    sizeOf(fork) {
      const bundle = bundles.get(fork) ?? []
      return { transactions: bundle.length, gas: bundleGas(bundle) }
    },
    remove: () => rmSync(directory, { recursive: true }),
  }
}
