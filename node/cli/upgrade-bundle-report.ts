import { sha256 } from '@noble/hashes/sha2'
import { ConfigError } from '../config/config-error.ts'
import { forksWithUpgrades } from '../config/fork-traits.ts'
import type { ForkName } from '../config/forks.ts'
import { bytesToHex, concatBytes, hexToBytes } from '../protocol/bytes.ts'
import { keccak256 } from '../protocol/hash.ts'
import {
  bundleGas,
  encodeUpgradeBundle,
  parseUpgradeBundle,
  type UpgradeBundles,
} from '../protocol/upgrade-bundle.ts'
import { upgradeGasToRevert, upgradeOfBlock } from '../protocol/upgrade-transactions.ts'

/**
 * What an upgrade bundle file puts into the first block of a fork, with the digests by which implementations are compared.
 * @param gasLimit of the system config, for the gas limits of the blocks around the activation.
 * @throws ConfigError when the fork has no upgrade transactions.
 * @throws SyntaxError or JsonFormatError when the file is no bundle.
 */
export function reportUpgradeBundle(
  bytes: Uint8Array,
  forkName: string | undefined,
  gasLimit: bigint,
): Record<string, unknown> {
  const fork = forksWithUpgrades.find((known) => known === forkName)
  if (fork === undefined)
    throw new ConfigError(
      `expected --fork with a fork that has upgrade transactions (${forksWithUpgrades.join(', ')}), found ${forkName ?? 'none'}`,
    )
  const bundle = parseUpgradeBundle(JSON.parse(new TextDecoder().decode(bytes)))
  const encodings = encodeUpgradeBundle(fork, bundle).map(hexToBytes)
  const all = concatBytes(encodings)
  return {
    fork,
    transactions: bundle.length,
    gas: bundleGas(bundle),
    gasLimits: gasLimits(fork, { [fork]: bundle }, gasLimit),
    bytes: all.length,
    sha256: bytesToHex(sha256(all)),
    firstKeccak256: keccak256(encodings.at(0)!),
    lastKeccak256: keccak256(encodings.at(-1)!),
    list: bundle.map(({ intent, from, to, gasLimit }, index) => ({
      intent,
      from,
      to,
      gas: gasLimit,
      keccak256: keccak256(encodings[index]!),
    })),
  }
}

/** Of the first block of the fork and of the one after it, on a chain that keeps the upgrade gas of Karst and on one that does not. */
function gasLimits(fork: ForkName, bundles: UpgradeBundles, systemConfig: bigint): Record<string, unknown> {
  const activation = 1_000n
  const config = { forks: { [fork]: activation }, blockTime: 1n }
  const ofBlock =
    systemConfig + upgradeOfBlock({ ...config, keepKarstUpgradeGas: false }, activation, bundles).gas
  const afterIt = (keepKarstUpgradeGas: boolean) =>
    ofBlock - upgradeGasToRevert({ ...config, keepKarstUpgradeGas }, activation, bundles)
  return {
    systemConfig,
    activationBlock: ofBlock,
    nextBlock: { keepKarstUpgradeGasFalse: afterIt(false), keepKarstUpgradeGasTrue: afterIt(true) },
  }
}
