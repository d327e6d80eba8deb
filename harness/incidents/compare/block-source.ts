import { z } from 'zod'
import type { JsonRpcClient } from '../../../node/json-rpc/client.ts'
import { hashSchema, plainUint, uint64Quantity } from '../../../node/protocol/json-schema.ts'
import type { BlockId } from '../../../node/protocol/refs.ts'

type Rpc = Pick<JsonRpcClient, 'request'>

/** What is compared of an L2 block. */
export interface ComparedBlock extends BlockId {
  /** As far as whoever was asked tells it. */
  readonly origin: BlockId | null
  readonly timestamp: bigint | null
  readonly gasLimit: bigint | null
  readonly transactions: number | null
  readonly stateRoot: string | null
}

/** A block that one of both does not give. The message says who and which. */
export class CompareError extends Error {
  override readonly name = 'CompareError'
}

const outputSchema = z.object({
  blockRef: z.looseObject({
    ...{ hash: hashSchema, number: plainUint, timestamp: plainUint },
    l1origin: z.object({ hash: hashSchema, number: plainUint }),
  }),
  stateRoot: z.string().optional(),
})
const blockSchema = z.looseObject({
  ...{ hash: hashSchema, number: uint64Quantity, timestamp: uint64Quantity, gasLimit: uint64Quantity },
  stateRoot: z.string(),
  transactions: z.array(z.unknown()),
})

/** A block by `optimism_outputAtBlock`: of a node without its engine. */
export function blocksOfNode(name: string, rpc: Rpc, signal: AbortSignal) {
  return async (number: bigint): Promise<ComparedBlock> => {
    const { blockRef, stateRoot = null } = await ask(
      ...([name, rpc, 'optimism_outputAtBlock', [quantity(number)], outputSchema, signal] as const),
    )
    const { hash, timestamp, l1origin } = blockRef
    return { hash, number, timestamp, stateRoot, origin: l1origin, gasLimit: null, transactions: null }
  }
}

/** A block of an engine: what is in it, but not where it stands. */
export function blocksOfEngine(name: string, rpc: Rpc, signal: AbortSignal) {
  return async (number: bigint): Promise<ComparedBlock> => {
    const { hash, timestamp, gasLimit, stateRoot, transactions } = await ask(
      ...([name, rpc, 'eth_getBlockByNumber', [quantity(number), false], blockSchema, signal] as const),
    )
    return { hash, number, timestamp, gasLimit, stateRoot, origin: null, transactions: transactions.length }
  }
}

async function ask<T>(
  name: string,
  rpc: Rpc,
  method: string,
  params: readonly unknown[],
  schema: z.ZodType<T>,
  signal: AbortSignal,
): Promise<T> {
  const answer = await rpc.request(method, params, signal).catch((error: unknown) => {
    throw new CompareError(
      `${name}: ${method}(${String(params[0])}): ${error instanceof Error ? error.message : String(error)}`,
    )
  })
  const read = schema.safeParse(answer)
  if (read.success) return read.data
  throw new CompareError(
    `${name}: ${method}(${String(params[0])}): expected a block, found ${answer === null ? 'none' : JSON.stringify(answer).slice(0, 80)}`,
  )
}

function quantity(number: bigint): string {
  return `0x${number.toString(16)}`
}
