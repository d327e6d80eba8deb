import { z } from 'zod'
import { createL2Source } from '../../node/adapters/engine/l2-source.ts'
import { isForkActive } from '../../node/config/forks.ts'
import { l2BlockRefFromPayload } from '../../node/protocol/block-ref.ts'
import { transactionDepositedTopic } from '../../node/protocol/deposit-log.ts'
import { requiredUpgrades } from '../genesis/upgrade-bundles.ts'
import type { ClHandle, World } from '../world/world.ts'

type Judged = Pick<World, 'failed' | 'rollup' | 'parameters'> & {
  readonly l1: Pick<World['l1'], 'rpc'>
}

/**
 * Whether an L2 block says another thing of L1 than L1 does; null when none of them up to `last` does. The first block of an
 * epoch has the deposits of its L1 block, the others have none (specs/protocol/derivation.md, "Deriving the Transaction
 * List"), and each has the randomness and the beacon root of its origin ("Building Individual Payload Attributes").
 */
export async function wrongOfL1(
  world: Judged,
  node: ClHandle,
  first: bigint,
  last: bigint,
): Promise<string | null> {
  const { rollup, parameters, failed } = world
  const l2 = createL2Source({ rpc: node.el.rpc, forks: rollup.forks })
  const upgraded = [...requiredUpgrades(parameters).keys()].map(
    (fork) => rollup.genesis.l2Time + parameters.forks[fork]!,
  )
  let originBefore: bigint | null = first === 1n ? rollup.genesis.l1.number : null
  for (let number = first; number <= last; number++) {
    const block = await l2.blockByNumber(number, failed)
    if (block === null) return `${node.name} has no block ${number}`
    const { payload, parentBeaconBlockRoot } = block
    const { l1Origin } = l2BlockRefFromPayload(rollup, payload)
    const l1 = await l1Block(world, l1Origin.number)
    const differ = (what: string, found: unknown, expected: unknown) =>
      found === expected
        ? null
        : `block ${number} has the ${what} ${found}, and its L1 origin ${l1Origin.number} has ${expected}`
    const deposits = payload.transactions.filter((transaction) => transaction.startsWith(depositType)).length
    const isNewEpoch = originBefore !== null && originBefore !== l1Origin.number
    // What the upgrade of a fork brings is a deposit as well: `wrongUpgrade` counts it.
    const isCounted = originBefore !== null && !upgraded.includes(payload.timestamp)
    const expected = infoDeposits + (isNewEpoch ? l1.deposits : 0)
    const wrong =
      differ('origin', l1Origin.hash, l1.hash) ??
      differ('randomness', payload.prevRandao, l1.mixHash) ??
      (isForkActive(rollup.forks, 'ecotone', payload.timestamp)
        ? differ('beacon root', parentBeaconBlockRoot, l1.parentBeaconBlockRoot ?? zeroRoot)
        : null) ??
      (isCounted && deposits !== expected
        ? `block ${number} has ${deposits} deposits, expected ${expected}: it is ${isNewEpoch ? 'the first' : 'not the first'} of L1 block ${l1Origin.number}`
        : null)
    if (wrong !== null) return wrong
    originBefore = l1Origin.number
  }
  return null
}

const depositType = '0x7e'
/** The L1 info transaction comes first in every block. */
const infoDeposits = 1
const zeroRoot = `0x${'0'.repeat(64)}`

async function l1Block({ l1, rollup, failed }: Judged, number: bigint) {
  const at = `0x${number.toString(16)}`
  const [header, receipts] = await Promise.all([
    l1.rpc.request('eth_getBlockByNumber', [at, false], failed),
    l1.rpc.request('eth_getBlockReceipts', [at], failed),
  ])
  const portal = rollup.depositContractAddress.toLowerCase()
  const deposits = receiptsSchema
    .parse(receipts)
    .flatMap(({ logs }) => logs)
    .filter(
      ({ address, topics }) => address.toLowerCase() === portal && topics[0] === transactionDepositedTopic,
    ).length
  return { ...headerSchema.parse(header), deposits }
}

const headerSchema = z.looseObject({
  hash: z.string(),
  mixHash: z.string(),
  parentBeaconBlockRoot: z.string().nullish(),
})
const receiptsSchema = z.array(
  z.looseObject({
    logs: z.array(z.looseObject({ address: z.string(), topics: z.array(z.string()) })),
  }),
)
