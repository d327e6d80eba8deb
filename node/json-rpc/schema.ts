import type { Address, Hash, Hex } from 'viem'
import type { z } from 'zod'
import { textOf } from '../protocol/text-schema.ts'

/**
 * Schemas of the values that Ethereum's JSON-RPC uses. Hex is made lower case, so that equal values compare equal.
 * Source: execution-apis, `schemas/base-types`.
 */

const lower = <T extends string>(pattern: RegExp, lengthMax: number, expected: string) =>
  textOf({ lengthMax, pattern, expected: `expected ${expected}`, read: (text) => text.toLowerCase() as T })

/** 0x-prefixed bytes, of which there are at most `max`. */
export const rpcBytes = (max: number) =>
  lower<Hex>(/^0x(?:[0-9a-fA-F]{2})*$/, 2 * max + 2, `0x-prefixed bytes, at most ${max}`)
/** 32 bytes. */
export const rpcHash = lower<Hash>(/^0x[0-9a-fA-F]{64}$/, 66, '32 bytes')
/** 20 bytes. */
export const rpcAddress = lower<Address>(/^0x[0-9a-fA-F]{40}$/, 42, '20 bytes')
/** 256 bytes. */
export const rpcBloom = lower<Hex>(/^0x[0-9a-fA-F]{512}$/, 514, '256 bytes')
/** A hex quantity of at most 256 bits; leading zeros are tolerated, as many servers write them. */
export const rpcQuantity = textOf({
  lengthMax: 66,
  pattern: /^0x[0-9a-fA-F]{1,64}$/,
  expected: 'expected a hex quantity',
  read: BigInt,
})
/** A hex quantity that fits a JavaScript number. */
export const rpcIndex = rpcQuantity
  .refine((value) => value <= BigInt(Number.MAX_SAFE_INTEGER), 'expected at most 2^53 - 1')
  .transform(Number)

/** What an RPC server answered does not have the shape or the content that it must have. Temporary for the caller. */
export class RpcAnswerError extends Error {
  override readonly name = 'RpcAnswerError'
}

/**
 * Parses one answer.
 * @throws RpcAnswerError naming the call and up to three fields that are wrong.
 */
export function parseAnswer<T extends z.ZodType>(schema: T, answer: unknown, call: string): z.output<T> {
  const result = schema.safeParse(answer)
  if (result.success) return result.data
  const wrong = result.error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.map(String).join('.') || '(answer)'}: ${issue.message}`)
  throw new RpcAnswerError(`${call}: the answer is not valid: ${wrong.join('; ')}`)
}
