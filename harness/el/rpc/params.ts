import type { Address, Hash, Hex } from 'viem'
import { z } from 'zod'
import { JsonRpcError, rpcErrorCode } from '../../../node/json-rpc/errors.ts'

/** Calldata and init code that a call may carry. */
const callDataBytesMax = 1024 * 1024

const quantity = z
  .union([
    z.string().regex(/^0x[0-9a-fA-F]{1,64}$/, 'expected a hex quantity'),
    // cast and older tools send plain numbers.
    z.int().nonnegative(),
  ])
  .transform((value) => BigInt(value))
const lower = <T extends Hex>(pattern: RegExp, expected: string) =>
  z
    .string()
    .regex(pattern, `expected ${expected}`)
    .transform((value) => value.toLowerCase() as T)

const tags = ['latest', 'pending', 'earliest', 'safe', 'finalized'] as const
export type BlockTag = (typeof tags)[number]
/** A block as a caller names it. Source: EIP-1898, and geth, which takes a bare hash as well. */
export type BlockId =
  | { readonly tag: BlockTag }
  | { readonly number: bigint }
  | { readonly hash: Hash; readonly requireCanonical: boolean }

const hash = lower<Hash>(/^0x[0-9a-fA-F]{64}$/, '32 bytes')
const blockId: z.ZodType<BlockId> = z.union([
  z.enum(tags).transform((tag) => ({ tag })),
  hash.transform((value) => ({ hash: value, requireCanonical: false })),
  quantity.transform((number) => ({ number })),
  z
    .object({ blockHash: hash, requireCanonical: z.boolean().default(false) })
    .transform((value) => ({ hash: value.blockHash, requireCanonical: value.requireCanonical })),
  z.object({ blockNumber: quantity }).transform((value) => ({ number: value.blockNumber })),
])

const address = lower<Address>(/^0x[0-9a-fA-F]{40}$/, '20 bytes')
const data = lower<Hex>(/^0x([0-9a-fA-F]{2})*$/, '0x-prefixed bytes').refine(
  (value) => value.length <= callDataBytesMax * 2 + 2,
  `expected at most ${callDataBytesMax} bytes`,
)
/** A storage slot: callers drop leading zeros. */
const slot = lower<Hex>(/^0x[0-9a-fA-F]{1,64}$/, 'a storage slot').transform(
  (value): Hex => `0x${value.slice(2).padStart(64, '0')}`,
)

const call = z
  .object({
    from: address.nullish(),
    to: address.nullish(),
    gas: quantity.nullish(),
    gasPrice: quantity.nullish(),
    maxFeePerGas: quantity.nullish(),
    maxPriorityFeePerGas: quantity.nullish(),
    value: quantity.nullish(),
    data: data.nullish(),
    input: data.nullish(),
  })
  .refine(
    (value) => value.data == null || value.input == null || value.data === value.input,
    'data and input differ',
  )
export type CallParam = z.output<typeof call>

const oneOrMore = <T>(schema: z.ZodType<T>, max: number) =>
  z.union([schema.transform((value) => [value]), z.array(schema).max(max)])
const logFilter = z
  .object({
    fromBlock: blockId.nullish(),
    toBlock: blockId.nullish(),
    blockHash: hash.nullish(),
    address: oneOrMore(address, 1000).nullish(),
    topics: z.array(oneOrMore(hash, 1000).nullable()).max(4).nullish(),
  })
  .refine(
    (value) => value.blockHash == null || (value.fromBlock == null && value.toBlock == null),
    'cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other',
  )
export type LogFilter = z.output<typeof logFilter>

/** Schemas of the parameters of Ethereum's JSON-RPC. Values come out in lower case, quantities as bigint. */
export const param = {
  quantity,
  hash,
  address,
  data,
  slot,
  slots: z.array(slot).max(1024),
  call,
  logFilter,
  /** Absent means `latest`. */
  blockId: blockId.nullish().transform((value): BlockId => value ?? { tag: 'latest' }),
  /** State overrides of `eth_call`: read so that nobody believes that they count. */
  noOverrides: z
    .record(z.string(), z.unknown())
    .nullish()
    .refine((value) => value == null || Object.keys(value).length === 0, 'state overrides are not supported'),
  boolean: z
    .boolean()
    .nullish()
    .transform((value) => value ?? false),
  index: quantity.refine((value) => value <= 0xffff_ffffn, 'expected a 32-bit index').transform(Number),
  text: z.string().max(1024),
  anything: z.unknown(),
  percentiles: z
    .array(z.number().min(0).max(100))
    .max(100)
    .nullish()
    .transform((value) => value ?? []),
}

type Outputs<T extends readonly z.ZodType[]> = { [K in keyof T]: z.output<T[K]> }

/**
 * Reads positional parameters; missing ones at the end are read as absent, surplus ones are refused.
 * @throws JsonRpcError −32602 naming the parameter, what was expected and what is wrong.
 */
export function readParams<const T extends readonly z.ZodType[]>(
  params: readonly unknown[],
  ...schemas: T
): Outputs<T> {
  if (params.length > schemas.length)
    throw invalidParams(`too many arguments, want at most ${schemas.length}, found ${params.length}`)
  return schemas.map((schema, index) => {
    const result = schema.safeParse(params[index])
    if (result.success) return result.data
    throw invalidParams(`invalid argument ${index}: ${describe(result.error)}`)
  }) as Outputs<T>
}

export function invalidParams(message: string): JsonRpcError {
  return new JsonRpcError(rpcErrorCode.invalidParams, message)
}

function describe(error: z.ZodError): string {
  const issue = error.issues[0]
  if (issue === undefined) return 'not valid'
  const inner =
    issue.code === 'invalid_union' ? issue.errors.flat().find((one) => one.path.length > 0) : issue
  const path = [...issue.path, ...(inner === issue ? [] : (inner?.path ?? []))].map(String).join('.')
  return `${path === '' ? '' : `${path}: `}${(inner ?? issue).message}`
}
