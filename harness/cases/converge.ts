import { z } from 'zod'
import { roleOf } from '../world/role.ts'
import type { ClHandle, World } from '../world/world.ts'

/** Why a world has not converged; null when it has. */
export type NotConverged = string | null

/**
 * Convergence: every node has a local-safe head above `target`, and a finalized one above `finalized`; all of them have the
 * same block as local-safe at the lowest of their heights, and the same unsafe chain there.
 */
export async function notConverged(
  world: World,
  nodes: readonly ClHandle[],
  above: { readonly localSafe: bigint; readonly finalized: bigint },
): Promise<NotConverged> {
  for (const { name, status, lifecycle } of nodes) {
    if (!lifecycle.running) return `${name} does not run`
    const { latest } = status
    if (latest === null) return `${name} published nothing`
    const { localSafeL2, finalizedL2 } = latest.status
    if (localSafeL2.number <= above.localSafe)
      return `${name}: expected local-safe above ${above.localSafe}, found ${localSafeL2.number}`
    if (finalizedL2.number <= above.finalized)
      return `${name}: expected finalized above ${above.finalized}, found ${finalizedL2.number}`
  }
  const heights = nodes.map(({ status }) => status.latest!.status.localSafeL2.number)
  const lowest = heights.reduce((a, b) => (a < b ? a : b))
  return sameBlock(world, nodes, lowest)
}

/** Whether the engines of these nodes have the same block of that number; null when they do. */
export async function sameBlock(
  world: Pick<World, 'failed'>,
  nodes: readonly ClHandle[],
  number: bigint,
): Promise<string | null> {
  const hashes = await Promise.all(nodes.map((node) => hashAt(world, node, number)))
  const first = hashes[0]
  const other = hashes.findIndex((hash) => hash !== first)
  return other < 0 || first === null
    ? null
    : `block ${number}: ${nodes[0]!.name} (${roleOf(nodes[0]!.spec)}) has ${first}, ${nodes[other]!.name} has ${hashes[other]}`
}

/**
 * Whether a block has another gas limit than the system config says, which no deed changes; null when it has that one. Only
 * the first block of a fork has more: the gas of its upgrade (karst/derivation.md; optimism#21441).
 */
export async function wrongGasLimit(
  world: Pick<World, 'failed' | 'rollup' | 'parameters'>,
  node: ClHandle,
  number: bigint,
): Promise<string | null> {
  const { rollup, parameters, failed } = world
  const found = blockSchema.parse(
    await node.el.rpc.request('eth_getBlockByNumber', [`0x${number.toString(16)}`, false], failed),
  )
  const { gasLimit } = rollup.genesis.systemConfig
  const age = BigInt(found.timestamp) - rollup.genesis.l2Time
  const isFirstOfFork = Object.values(parameters.forks).includes(age)
  return isFirstOfFork || BigInt(found.gasLimit) === gasLimit
    ? null
    : `block ${number}: expected the gas limit of the system config, ${gasLimit}, found ${BigInt(found.gasLimit)}`
}

const blockSchema = z.looseObject({ gasLimit: z.string(), timestamp: z.string() })

async function hashAt({ failed }: Pick<World, 'failed'>, { el }: ClHandle, number: bigint): Promise<string> {
  try {
    const block = await el.rpc.request('eth_getBlockByNumber', [`0x${number.toString(16)}`, false], failed)
    return typeof block === 'object' && block !== null && 'hash' in block ? String(block.hash) : 'no block'
  } catch (error) {
    return `an error: ${error instanceof Error ? error.message : error}`
  }
}
