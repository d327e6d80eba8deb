import type { Hex } from 'viem'
import { z } from 'zod'
import { forkTraits } from '../config/fork-traits.ts'
import { type ForkName, forkNames } from '../config/forks.ts'
import {
  type DepositTransaction,
  encodeDepositTransaction,
  upgradeSourceHash,
} from './deposit-transaction.ts'
import { addressSchema, bytesUpTo, JsonFormatError, parseJson } from './json-schema.ts'
import { listOf } from './list-schema.ts'

/** A transaction that every node adds to the first block of a fork, as a bundle file has it. */
export interface UpgradeTransaction {
  /** What it does, without the name of the fork: `L1 Block Deployment`. Its source hash comes from it. */
  readonly intent: string
  readonly from: DepositTransaction['from']
  /** `null` creates a contract. */
  readonly to: DepositTransaction['to']
  readonly data: Hex
  readonly gasLimit: bigint
}

/** The upgrade transactions of one fork, in order. */
export type UpgradeBundle = readonly UpgradeTransaction[]

/** Bundles by the fork that they belong to: a bundle itself does not name it. */
export type UpgradeBundles = { readonly [name in ForkName]?: UpgradeBundle }

/** The only version of the file format that op-node and kona read as well. */
const bundleVersion = '1.0.0'

const transactionsMax = 256
const dataBytesMax = 256 * 1024

/** An intent with a fork's name, which would get a second one: `Ecotone: …`, `Karst 0: …`. */
const qualified = new RegExp(`^(${forkNames.join('|')})( \\d+)?: `, 'i')

const versionSchema = z.object({ metadata: z.object({ version: z.string().max(100) }) })

const bundleSchema = z.strictObject({
  metadata: z.looseObject({}),
  transactions: listOf(
    z.strictObject({
      intent: z
        .string()
        .min(1)
        .max(200)
        .refine((intent) => !qualified.test(intent), 'expected an intent without a fork in front'),
      from: addressSchema,
      to: addressSchema.nullable(),
      data: bytesUpTo(dataBytesMax),
      gasLimit: z
        .int()
        .nonnegative()
        .transform((value) => BigInt(value)),
    }),
    transactionsMax,
  ).refine((list) => list.length > 0, 'expected at least one transaction'),
})

/**
 * Parses the protocol's bundle file: `{metadata: {version: "1.0.0"}, transactions: [{intent, from, to, data, gasLimit}]}`.
 * Source: specs/protocol/l2-upgrades-1-execution.md, "Network Upgrade Transaction Bundle".
 * @throws JsonFormatError naming the wrong fields, or the version when it is another one.
 */
export function parseUpgradeBundle(json: unknown): UpgradeBundle {
  const { version } = parseJson(versionSchema, json, 'upgrade bundle').metadata
  if (version !== bundleVersion)
    throw new JsonFormatError(
      `upgrade bundle: expected metadata.version "${bundleVersion}", found ${JSON.stringify(version)}`,
    )
  return parseJson(bundleSchema, json, 'upgrade bundle').transactions
}

/** What the bundle's transactions may use together. From Karst on, the block that carries them has that much more gas. */
export function bundleGas(bundle: UpgradeBundle): bigint {
  return bundle.reduce((sum, { gasLimit }) => sum + gasLimit, 0n)
}

/** The bundle as the deposit transactions of the fork's first block: nothing minted or sent, no system transactions. */
export function encodeUpgradeBundle(fork: ForkName, bundle: UpgradeBundle): Hex[] {
  return bundle.map(({ intent, from, to, data, gasLimit }, index) =>
    encodeDepositTransaction({
      sourceHash: upgradeSourceHash(qualifiedIntent(fork, index, intent)),
      from,
      to,
      mint: 0n,
      value: 0n,
      gas: gasLimit,
      isSystemTransaction: false,
      data,
    }),
  )
}

/** `Ecotone: L1 Block Deployment`; with the index from Karst on, when intents stopped being unique: `Karst 0: …`. */
function qualifiedIntent(fork: ForkName, index: number, intent: string): string {
  const name = fork.slice(0, 1).toUpperCase() + fork.slice(1)
  return forkTraits[fork].upgrades === 'bundled' ? `${name} ${index}: ${intent}` : `${name}: ${intent}`
}
