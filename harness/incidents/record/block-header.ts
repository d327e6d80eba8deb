import { z } from 'zod'
import { hashSchema, uint64Quantity } from '../../../node/protocol/json-schema.ts'

/** What is read of a header of either chain. A header without hash or number is a pending block, and is refused. */
const headerSchema = z.object({
  number: uint64Quantity,
  hash: hashSchema,
  parentHash: hashSchema,
  timestamp: uint64Quantity,
})
export type BlockHeader = z.infer<typeof headerSchema>

/**
 * The header of an answer of `eth_getBlockBy…`; null when there is no such block.
 * @throws Error naming what was found instead.
 */
export function readHeader(answer: unknown): BlockHeader | null {
  if (answer === null || answer === undefined) return null
  const read = headerSchema.safeParse(answer)
  if (!read.success)
    throw new Error(
      `expected a block header, found ${JSON.stringify(answer).slice(0, 80)}: ${z.prettifyError(read.error)}`,
    )
  return read.data
}

/** The block as events name it. */
export function linkedBlock({ number, hash, parentHash }: BlockHeader) {
  return { number: Number(number), hash, parent: parentHash }
}
