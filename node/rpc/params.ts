import type { Hash } from 'viem'
import { z } from 'zod'
import { hashSchema, uint64Quantity } from '../protocol/json-schema.ts'

/** A block number: a hex quantity, as op-node reads it. */
export const numberParam = uint64Quantity
export const hashParam: z.ZodType<Hash> = hashSchema
export const flagParam = z.boolean('expected true or false')
/** Long enough for every multiaddr and peer id. */
export const textParam = z.string('expected a string').min(1).max(1_000)
