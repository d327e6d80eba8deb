import type { Address, Hash, Hex } from 'viem'
import { z } from 'zod'
import { uint64Quantity, uint256Quantity } from '../../../node/protocol/json-schema.ts'
import { entriesOf, listOf } from '../../../node/protocol/list-schema.ts'

/**
 * Schemas of the parameters of Ethereum's JSON-RPC, as strict as geth: a quantity is a string with 0x and without
 * leading zeros, bytes come in pairs of digits. Values come out in lower case, quantities as bigint.
 * Source: execution-apis, `schemas/base-types`; geth, packages `hexutil` and `rpc`.
 */

/** Calldata and init code that a call may carry. */
const callDataBytesMax = 1024 * 1024

const lower = <T extends Hex>(pattern: RegExp, lengthMax: number, expected: string) =>
  z
    .string(`expected ${expected}`)
    .max(lengthMax, { error: `expected ${expected}`, abort: true })
    .regex(pattern, `expected ${expected}`)
    .transform((value) => value.toLowerCase() as T)

const tags = ['latest', 'pending', 'earliest', 'safe', 'finalized'] as const
export type BlockTag = (typeof tags)[number]
/** A block as a caller names it by number. */
export type BlockNumberId = { readonly tag: BlockTag } | { readonly number: bigint }
/** A block as a caller names it. Source: EIP-1898, and geth, which takes a bare hash as well. */
export type BlockId = BlockNumberId | { readonly hash: Hash; readonly requireCanonical: boolean }

export const latestBlock: BlockId = { tag: 'latest' }

const hash = lower<Hash>(/^0x[0-9a-fA-F]{64}$/, 66, '32 bytes')
const blockNumber: z.ZodType<BlockNumberId> = z.union(
  [
    z.enum(tags).transform((tag) => ({ tag })),
    uint64Quantity.refine((number) => number < 2n ** 63n).transform((number) => ({ number })),
  ],
  `expected a block number or one of ${tags.join(', ')}`,
)
const blockId: z.ZodType<BlockId> = z.union(
  [
    blockNumber,
    hash.transform((value) => ({ hash: value, requireCanonical: false })),
    z
      .object({
        blockHash: hash,
        blockNumber: z.null().optional(),
        requireCanonical: z.boolean().default(false),
      })
      .transform((value) => ({ hash: value.blockHash, requireCanonical: value.requireCanonical })),
    z.object({ blockNumber, blockHash: z.null().optional() }).transform(({ blockNumber: named }) => named),
  ],
  `expected a block number, a block hash, an object with one of blockNumber and blockHash, or one of ${tags.join(', ')}`,
)

const address = lower<Address>(/^0x[0-9a-fA-F]{40}$/, 42, '20 bytes')
const data = lower<Hex>(
  /^0x([0-9a-fA-F]{2})*$/,
  callDataBytesMax * 2 + 2,
  `0x-prefixed bytes, two digits each, at most ${callDataBytesMax} bytes`,
)

/** `key` is how an answer names the slot: 32 bytes as they came, anything shorter as a quantity, as geth does it. */
const slot = lower<Hex>(/^(0[xX])?[0-9a-fA-F]{0,64}$/, 66, 'a storage slot of at most 32 bytes').transform(
  (value) => {
    const digits = value.replace(/^0x/, '')
    const word: Hex = `0x${digits.padStart(64, '0')}`
    const key: Hex = digits.length > 62 ? word : `0x${BigInt(word).toString(16)}`
    return { word, key }
  },
)
export type SlotParam = z.output<typeof slot>

/** The method itself refuses more than 100, in geth's words. */
const percentilesMax = 1000

const accessList = listOf(
  z.object({ address, storageKeys: listOf(hash, 10_000).nullish() }),
  10_000,
).transform((list) => list.map((entry) => ({ address: entry.address, slots: entry.storageKeys ?? [] })))
const authorization = z.object({
  chainId: uint256Quantity,
  address,
  nonce: uint64Quantity,
  yParity: uint64Quantity.refine((value) => value <= 0xffn, 'expected 8 bits').transform(Number),
  r: uint256Quantity,
  s: uint256Quantity,
})

const slots = entriesOf(hash, hash, 10_000)
const stateOverrides = entriesOf(
  address,
  z.object({
    balance: uint256Quantity.nullish(),
    nonce: uint64Quantity.nullish(),
    code: data.nullish(),
    state: slots.nullish(),
    stateDiff: slots.nullish(),
    movePrecompileToAddress: z.null('movePrecompileToAddress is not supported').optional(),
  }),
  1_000,
).optional()
export type StateOverridesParam = z.output<typeof stateOverrides>

/** Difficulty has had no meaning since the merge. What else geth has is refused where it is applied, as there. */
const blockOverrides = z
  .object({
    number: uint64Quantity.nullish(),
    difficulty: uint256Quantity.nullish(),
    time: uint64Quantity.nullish(),
    gasLimit: uint64Quantity.nullish(),
    feeRecipient: address.nullish(),
    prevRandao: hash.nullish(),
    baseFeePerGas: uint256Quantity.nullish(),
    blobBaseFee: uint256Quantity.nullish(),
    beaconRoot: z.unknown().optional(),
    withdrawals: z.unknown().optional(),
  })
  .nullish()
export type BlockOverridesParam = z.output<typeof blockOverrides>

/** What geth honours and this engine does not: refused, so that nobody believes that it counts. */
const unsupported = (what: string) =>
  z
    .unknown()
    .refine((value) => value == null || (typeof value === 'object' && Object.keys(value).length === 0), {
      message: `${what} is not supported`,
    })
    .optional()

/** Fields that a call does not have are left out, as in geth. */
const call = z
  .object({
    from: address.nullish(),
    to: address.nullish(),
    gas: uint64Quantity.nullish(),
    gasPrice: uint256Quantity.nullish(),
    maxFeePerGas: uint256Quantity.nullish(),
    maxPriorityFeePerGas: uint256Quantity.nullish(),
    value: uint256Quantity.nullish(),
    nonce: uint64Quantity.nullish(),
    chainId: uint256Quantity.nullish(),
    data: data.nullish(),
    input: data.nullish(),
    accessList: accessList.nullish(),
    authorizationList: listOf(authorization, 1_000).nullish(),
    blobVersionedHashes: unsupported('blobVersionedHashes'),
    blobs: unsupported('blobs'),
  })
  .refine(
    ({ data: one, input: other }) => one == null || other == null || one === other,
    'both "data" and "input" are set and not equal',
  )
  .refine(
    (value) => value.gasPrice == null || (value.maxFeePerGas == null && value.maxPriorityFeePerGas == null),
    'both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified',
  )
export type CallParam = z.output<typeof call>

const oneOrMoreAddresses = z.union([address.transform((value) => [value]), listOf(address, 1000)])
/** One topic, several, or any: `null`, also as one of several. Source: geth, `FilterCriteria.UnmarshalJSON`. */
const topics = z.union([
  hash.transform((value) => [value]),
  listOf(hash.nullable(), 1000).transform((list) => (list.includes(null) ? null : (list as Hash[]))),
  z.null(),
])
const logFilter = z
  .object({
    fromBlock: blockNumber.nullish(),
    toBlock: blockNumber.nullish(),
    blockHash: hash.nullish(),
    address: oneOrMoreAddresses.nullish(),
    topics: listOf(topics, 4).nullish(),
  })
  .refine(
    (value) => value.blockHash == null || (value.fromBlock == null && value.toBlock == null),
    'cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other',
  )
export type LogFilter = z.output<typeof logFilter>

export const param = {
  quantity: uint256Quantity,
  hash,
  address,
  data,
  slot,
  slots: listOf(slot, 1024),
  call,
  logFilter,
  blockNumber,
  blockId,
  /** For the methods in which geth takes its absence for `latest`. */
  blockIdOrLatest: blockId.optional().default(latestBlock),
  stateOverrides,
  blockOverrides,
  boolean: z.boolean('expected true or false'),
  optionalBoolean: z.boolean('expected true or false').optional().default(false),
  index: uint64Quantity.refine((value) => value <= 0xffff_ffffn, 'expected a 32-bit index').transform(Number),
  /** Number of blocks of `eth_feeHistory`: geth takes it in any form. */
  count: z
    .union(
      [z.int().nonnegative(), z.string().regex(/^(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,19})$/)],
      'expected a number of blocks',
    )
    .transform((value) => BigInt(value)),
  text: z.string('expected a string').max(1024),
  optionalObject: z.unknown(),
  percentiles: listOf(z.number(), percentilesMax)
    .optional()
    .transform((value) => value ?? []),
}
