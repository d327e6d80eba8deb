import { z } from 'zod'
import { requiredUpgrades } from '../genesis/upgrade-bundles.ts'
import type { ClHandle, World } from '../world/world.ts'

/** The L1 info transaction comes first in every block. */
const before = 1

/**
 * Whether the first block of a fork lacks what its upgrade brings; null when all have it up to the block `newest`. It has the
 * L1 info transaction, deposits, and then those of the upgrade (the derivation.md of each fork, "Network upgrade automation
 * transactions").
 */
export async function wrongUpgrade(
  { rollup, parameters, failed }: Pick<World, 'failed' | 'rollup' | 'parameters'>,
  node: ClHandle,
  newest: bigint,
): Promise<string | null> {
  for (const [fork, bundle] of requiredUpgrades(parameters)) {
    const blockTime = BigInt(parameters.l2BlockTime)
    const number = rollup.genesis.l2.number + (parameters.forks[fork]! + blockTime - 1n) / blockTime
    if (number > newest) continue
    const { transactions } = blockSchema.parse(
      await node.el.rpc.request('eth_getBlockByNumber', [`0x${number.toString(16)}`, true], failed),
    )
    const found = transactions.filter(({ type }) => type === depositType).length
    const expected = before + bundle.length
    if (found < expected)
      return `block ${number}, the first of ${fork}: expected ${expected} deposited transactions at least, found ${found}`
  }
  return null
}

const depositType = '0x7e'
const blockSchema = z.looseObject({ transactions: z.array(z.looseObject({ type: z.string() })) })
