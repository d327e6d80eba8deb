import type { Hash } from 'viem'
import { z } from 'zod'
import { orAbsent } from '../../node/adapters/absence.ts'
import { hashSchema } from '../../node/protocol/json-schema.ts'
import type { BlockId } from '../../node/protocol/refs.ts'
import type { ElHandle } from '../world/world.ts'

/** The part of a block that scenarios compare. Quantities as the block has them. */
export interface ElBlock extends BlockId {
  readonly parentHash: Hash
  readonly timestamp: bigint
  readonly gasLimit: bigint
}

const quantity = z
  .string()
  .regex(/^0x[0-9a-f]+$/)
  .transform(BigInt)
const blockSchema = z
  .object({
    hash: hashSchema,
    number: quantity,
    parentHash: hashSchema,
    timestamp: quantity,
    gasLimit: quantity,
  })
  .nullable()

/** A canonical block by number or label, any block by hash; null when the engine has none. */
export async function readElBlock(
  { rpc }: Pick<ElHandle, 'rpc'>,
  at: number | bigint | Hash | 'latest',
  signal: AbortSignal,
): Promise<ElBlock | null> {
  const byHash = typeof at === 'string' && at.startsWith('0x')
  const parameter = typeof at === 'string' ? at : `0x${at.toString(16)}`
  const method = byHash ? 'eth_getBlockByHash' : 'eth_getBlockByNumber'
  return blockSchema.parse(await orAbsent(rpc.request(method, [parameter, false], signal)))
}
