import { z } from 'zod'
import type { JsonRpcClient } from '../../json-rpc/client.ts'
import { JsonRpcError } from '../../json-rpc/errors.ts'
import { parseAnswer, rpcQuantity } from '../../json-rpc/schema.ts'
import type { L2SyncProgress } from '../../ports/l2-source.ts'

/** Where a sync began, what it goes to, and an index beside it: none of them says that it gets on. */
const noWork = /^(startingBlock|highestBlock|txIndex\w+)$/

const syncing = z.union([
  z.literal(false),
  z.looseObject({ currentBlock: rpcQuantity.nullish(), highestBlock: rpcQuantity.nullish() }),
])

/**
 * `eth_syncing`. geth says how much state it has fetched and healed beside its block, reth at which block its stages are:
 * whatever is there counts. Source: execution-apis, eth/client.yaml.
 */
export async function readSyncProgress(
  rpc: Pick<JsonRpcClient, 'request'>,
  signal?: AbortSignal,
): Promise<L2SyncProgress | null> {
  let answer: unknown
  try {
    answer = await rpc.request('eth_syncing', [], signal)
  } catch (error) {
    // A proxy may let through what op-node asks for, and no more.
    if (error instanceof JsonRpcError) return null
    throw error
  }
  const said = parseAnswer(syncing, answer, 'L2 eth_syncing')
  if (said === false) return null
  const work = Object.entries(answer as object).filter(([name]) => !noWork.test(name))
  return {
    currentBlock: said.currentBlock ?? null,
    highestBlock: said.highestBlock ?? null,
    mark: JSON.stringify(work),
  }
}
