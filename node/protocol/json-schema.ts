import type { Hex } from 'viem'
import { z } from 'zod'
import { textOf } from './text-schema.ts'

/** A JSON value does not have the expected shape; `message` names every field that is wrong. */
export class JsonFormatError extends Error {
  override readonly name = 'JsonFormatError'
}

/**
 * Parses `json` or says which fields of `what` are wrong.
 * @throws JsonFormatError
 */
export function parseJson<T>(schema: z.ZodType<T>, json: unknown, what: string): T {
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const fields = result.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`)
  throw new JsonFormatError(`${what} is not valid: ${fields.join('; ')}`)
}

const quantity = (digitsMax: number) =>
  textOf({
    lengthMax: digitsMax + 2,
    tooLong: `expected at most ${digitsMax} hex digits`,
    pattern: /^0x(0|[1-9a-fA-F][0-9a-fA-F]*)$/,
    expected: 'expected a hex quantity without leading zeros',
    read: BigInt,
  })

/** Engine API QUANTITY of at most 64 bits. */
export const uint64Quantity = quantity(16)
/** Engine API QUANTITY of at most 256 bits. */
export const uint256Quantity = quantity(64)

const lowerCase = (text: string) => text.toLowerCase() as Hex

/** Engine API DATA of exactly `length` bytes, lower case. */
export const fixedBytes = (length: number) =>
  textOf({
    lengthMax: length * 2 + 2,
    tooLong: `expected ${length} bytes`,
    pattern: new RegExp(`^0x[0-9a-fA-F]{${length * 2}}$`),
    expected: `expected ${length} bytes of 0x-prefixed hex`,
    read: lowerCase,
  })

/** Engine API DATA of at most `lengthMax` bytes, lower case. */
export const bytesUpTo = (lengthMax: number) =>
  textOf({
    lengthMax: lengthMax * 2 + 2,
    tooLong: `expected at most ${lengthMax} bytes`,
    pattern: /^0x([0-9a-fA-F]{2})*$/,
    expected: 'expected 0x-prefixed bytes',
    read: lowerCase,
  })

export const hashSchema = fixedBytes(32)
export const addressSchema = fixedBytes(20)

/** A Go uint64 in op-node's JSON: a plain integer, which JSON parsing keeps exact below 2^53. In one step, as `textOf`. */
export const plainUint = z.transform((value: unknown, context): bigint => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
  context.issues.push({ code: 'custom', message: 'expected an integer from 0 to 2^53 - 1', input: value })
  return z.NEVER
})

export function quantityToJson(value: bigint): Hex {
  return `0x${value.toString(16)}`
}
