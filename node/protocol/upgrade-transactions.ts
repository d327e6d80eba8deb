import type { Hex } from 'viem'
import { z } from 'zod'
import { type ForkName, forkNames, isForkActivationBlock } from '../config/forks.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import {
  type DepositTransaction,
  encodeDepositTransaction,
  upgradeSourceHash,
} from './deposit-transaction.ts'
import { addressSchema, bytesUpTo, parseJson } from './json-schema.ts'

/** A transaction that every node adds to the first block of a fork. Source: the derivation.md of each fork. */
export interface UpgradeTransaction {
  /** Names the transaction and makes its source hash, such as `Ecotone: L1 Block Deployment`. */
  readonly intent: string
  readonly from: DepositTransaction['from']
  /** `null` creates a contract. */
  readonly to: DepositTransaction['to']
  readonly gas: bigint
  readonly data: Hex
}

/** The upgrade transactions of each fork that has any. */
export type UpgradeBundle = { readonly [name in ForkName]?: readonly UpgradeTransaction[] }

/** A fork with upgrade transactions activates but the node was given no bundle that holds them. */
export class MissingUpgradeError extends Error {
  override readonly name = 'MissingUpgradeError'
}

/** Forks whose first block has upgrade transactions when they activate after genesis. */
const forksWithUpgrades: readonly ForkName[] = ['ecotone', 'fjord', 'isthmus', 'jovian']

const transactionsPerForkMax = 64
const dataBytesMax = 256 * 1024

const transactionSchema = z.strictObject({
  intent: z.string().min(1).max(200),
  from: addressSchema,
  to: addressSchema.nullable(),
  gas: z
    .int()
    .nonnegative()
    .transform((value) => BigInt(value)),
  data: bytesUpTo(dataBytesMax),
})
const bundleSchema = z.partialRecord(
  z.enum(forkNames),
  z.array(transactionSchema).max(transactionsPerForkMax),
)

/**
 * Parses a bundle file: an object from fork name to a list of `{intent, from, to, gas, data}`.
 * @throws JsonFormatError naming the wrong fields.
 */
export function parseUpgradeBundle(json: unknown): UpgradeBundle {
  return parseJson(bundleSchema, json, 'upgrade bundle') as UpgradeBundle
}

/** The deposit that an upgrade transaction is: nothing minted or sent, not a system transaction. */
export function upgradeDeposit(transaction: UpgradeTransaction): DepositTransaction {
  const { intent, from, to, gas, data } = transaction
  return {
    sourceHash: upgradeSourceHash(intent),
    from,
    to,
    mint: 0n,
    value: 0n,
    gas,
    isSystemTransaction: false,
    data,
  }
}

/**
 * The encoded upgrade transactions of the L2 block with that timestamp, oldest fork first; none unless the block is the
 * first of a fork. They come after the user deposits.
 * @throws MissingUpgradeError when a fork activates whose transactions the bundle lacks.
 */
export function upgradeTransactions(config: RollupConfig, l2Timestamp: bigint, bundle: UpgradeBundle): Hex[] {
  const result: Hex[] = []
  for (const fork of forksWithUpgrades) {
    if (!isForkActivationBlock(config.forks, fork, l2Timestamp, config.blockTime)) continue
    const transactions = bundle[fork]
    if (transactions === undefined)
      throw new MissingUpgradeError(
        `${fork} activates in the L2 block of time ${l2Timestamp}: expected its upgrade transactions in an upgrade bundle, found none; give the node a bundle file with a "${fork}" list, or activate ${fork} at genesis`,
      )
    for (const transaction of transactions) result.push(encodeDepositTransaction(upgradeDeposit(transaction)))
  }
  return result
}
