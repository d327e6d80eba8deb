import type { Hash } from 'viem'
import { z } from 'zod'
import { JsonRpcError, rpcErrorCode } from '../json-rpc/errors.ts'
import { hashSchema, uint64Quantity } from '../protocol/json-schema.ts'

/**
 * One positional parameter.
 * @throws JsonRpcError −32602 that names the position and what was expected.
 */
export function param<T>(params: readonly unknown[], index: number, schema: z.ZodType<T>): T {
  const value = params[index]
  if (value === undefined)
    throw new JsonRpcError(rpcErrorCode.invalidParams, `missing value for required argument ${index}`)
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new JsonRpcError(
    rpcErrorCode.invalidParams,
    `invalid argument ${index}: ${issue?.message ?? 'not valid'}`,
  )
}

/** A block number: a hex quantity, as op-node reads it. */
export const numberParam = uint64Quantity
export const hashParam: z.ZodType<Hash> = hashSchema
export const flagParam = z.boolean('expected true or false')
/** Long enough for every multiaddr and peer id. */
export const textParam = z.string('expected a string').min(1).max(1_000)
