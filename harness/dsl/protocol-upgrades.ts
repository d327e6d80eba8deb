import { hasVectors } from '../../node/adapters/testing/vectors.ts'
import { bundleGas, type UpgradeBundle } from '../../node/protocol/upgrade-bundle.ts'
import { ownFjordBundle, protocolBundle } from '../genesis/protocol-upgrades.ts'

/** Forks that bring upgrade transactions. */
type UpgradeFork = 'ecotone' | 'fjord' | 'isthmus' | 'jovian' | 'karst'

/** The upgrade transactions of some forks, for scenarios that cross them. */
export interface ProtocolUpgrades {
  /** Why a scenario cannot have them on this machine; null when it can. For the scenario's `skip`. */
  readonly skip: string | null
  /** For the parameter `upgrades`. */
  readonly bundles: { readonly [fork in UpgradeFork]?: UpgradeBundle }
  /** How many transactions the first block of the fork has for its upgrade, and the gas that they may use. */
  sizeOf(fork: UpgradeFork): { readonly transactions: number; readonly gas: bigint }
}

/**
 * The upgrade bundles of these forks: the protocol's own, from `shared/vectors`. Only Fjord's has our own GasPriceOracle in
 * the protocol's shape (see `ownFjordBundle`).
 */
export function protocolUpgrades(forks: readonly UpgradeFork[]): ProtocolUpgrades {
  const bundles: ProtocolUpgrades['bundles'] = hasVectors
    ? Object.fromEntries(
        forks.map((fork) => [fork, fork === 'fjord' ? ownFjordBundle() : protocolBundle(fork)]),
      )
    : {}
  return {
    skip: hasVectors
      ? null
      : "the protocol's upgrade transactions are not here: expected them in ../shared/vectors",
    bundles,
    sizeOf(fork) {
      const bundle = bundles[fork] ?? []
      return { transactions: bundle.length, gas: bundleGas(bundle) }
    },
  }
}
