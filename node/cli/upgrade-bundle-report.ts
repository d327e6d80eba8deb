import { sha256 } from '@noble/hashes/sha2'
import { forksWithUpgrades } from '../config/fork-traits.ts'
import { bytesToHex, concatBytes, hexToBytes } from '../protocol/bytes.ts'
import { keccak256 } from '../protocol/hash.ts'
import { bundleGas, encodeUpgradeBundle, parseUpgradeBundle } from '../protocol/upgrade-bundle.ts'

/**
 * What an upgrade bundle file puts into the first block of a fork, with the digests by which implementations are compared.
 * @throws Error when the fork has no upgrade transactions.
 * @throws SyntaxError or JsonFormatError when the file is no bundle.
 */
export function reportUpgradeBundle(
  bytes: Uint8Array,
  forkName: string | undefined,
): Record<string, unknown> {
  const fork = forksWithUpgrades.find((known) => known === forkName)
  if (fork === undefined)
    throw new Error(
      `expected --fork with a fork that has upgrade transactions (${forksWithUpgrades.join(', ')}), found ${forkName ?? 'none'}`,
    )
  const bundle = parseUpgradeBundle(JSON.parse(new TextDecoder().decode(bytes)))
  const encodings = encodeUpgradeBundle(fork, bundle).map(hexToBytes)
  const all = concatBytes(encodings)
  return {
    fork,
    transactions: bundle.length,
    gas: bundleGas(bundle),
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
