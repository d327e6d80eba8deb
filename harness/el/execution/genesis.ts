import { type Address, getAddress, type Hex, isAddress, pad } from 'viem'
import { z } from 'zod'
import { type ForkName, forkNames, isForkActive } from '../../../node/config/forks.ts'
import { emptyRequestsHash } from '../../../node/protocol/block-hash.ts'
import { emptyTrieRoot } from '../../../node/protocol/ordered-trie-root.ts'
import { zeroHash } from '../../../node/protocol/refs.ts'
import type { ElConfig, Genesis, GenesisAccount } from './types.ts'

/** The genesis file is not usable; the message names every field that is wrong. */
export class GenesisError extends Error {
  override readonly name = 'GenesisError'
}

const hexData = z
  .string()
  .regex(/^0x([0-9a-fA-F]{2})*$/, 'expected 0x-prefixed bytes') as unknown as z.ZodType<Hex>
/** A number as genesis files have it: JSON integer, decimal or 0x string. */
const quantity = z
  .union([z.int().nonnegative(), z.string().regex(/^(0x[0-9a-fA-F]+|[0-9]+)$/, 'expected a number')])
  .transform(BigInt)
const time = z.int().nonnegative().transform(BigInt).nullish()
const word = hexData.transform((value) => pad(value, { size: 32 }).toLowerCase() as Hex)

const genesisSchema = z.object({
  config: z.object({
    chainId: z.int().positive(),
    regolithTime: time,
    canyonTime: time,
    deltaTime: time,
    ecotoneTime: time,
    fjordTime: time,
    graniteTime: time,
    holoceneTime: time,
    isthmusTime: time,
    jovianTime: time,
    karstTime: time,
    optimism: z.object({
      eip1559Elasticity: z.int().positive(),
      eip1559Denominator: z.int().positive(),
      eip1559DenominatorCanyon: z.int().positive().optional(),
    }),
  }),
  timestamp: quantity,
  extraData: hexData.default('0x'),
  gasLimit: quantity,
  mixHash: word.default(zeroHash),
  coinbase: z.string().default(`0x${'00'.repeat(20)}`),
  baseFeePerGas: quantity,
  alloc: z.record(
    z.string(),
    z.object({
      balance: quantity.default(0n),
      nonce: quantity.default(0n),
      code: hexData.default('0x'),
      storage: z.record(word, word).default({}),
    }),
  ),
})

/**
 * Parses an op-geth `genesis.json`.
 * @throws GenesisError naming each offending field.
 */
export function parseGenesis(json: unknown): Genesis {
  const result = genesisSchema.safeParse(json)
  if (!result.success) {
    const fields = result.error.issues.map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`)
    throw new GenesisError(`genesis is not valid: ${fields.slice(0, 10).join('; ')}`)
  }
  const { data } = result
  const forks: { [name in ForkName]?: bigint } = {}
  for (const name of forkNames) {
    const at = data.config[`${name}Time`]
    if (at !== undefined && at !== null) forks[name] = at
  }
  const { optimism } = data.config
  const config: ElConfig = {
    chainId: BigInt(data.config.chainId),
    forks,
    eip1559: {
      elasticity: BigInt(optimism.eip1559Elasticity),
      denominator: BigInt(optimism.eip1559Denominator),
      denominatorCanyon: BigInt(optimism.eip1559DenominatorCanyon ?? 250),
    },
  }
  const active = (fork: ForkName) => isForkActive(forks, fork, data.timestamp)
  return {
    config,
    alloc: new Map(
      Object.entries(data.alloc).map(([address, account]) => [toAddress(address), toAccount(account)]),
    ),
    header: {
      parentHash: zeroHash,
      feeRecipient: toAddress(data.coinbase),
      transactionsRoot: emptyTrieRoot,
      receiptsRoot: emptyTrieRoot,
      logsBloom: `0x${'00'.repeat(256)}`,
      number: 0n,
      gasLimit: data.gasLimit,
      gasUsed: 0n,
      timestamp: data.timestamp,
      extraData: data.extraData,
      prevRandao: data.mixHash,
      baseFeePerGas: data.baseFeePerGas,
      // The executor replaces it by the message passer's storage root from Isthmus on.
      ...(active('canyon') ? { withdrawalsRoot: emptyTrieRoot } : {}),
      ...(active('ecotone') ? { blobGasUsed: 0n, excessBlobGas: 0n, parentBeaconBlockRoot: zeroHash } : {}),
      ...(active('isthmus') ? { requestsHash: emptyRequestsHash } : {}),
    },
  }
}

/** Genesis files write addresses with or without 0x. */
function toAddress(text: string): Address {
  const address = text.startsWith('0x') ? text : `0x${text}`
  if (!isAddress(address, { strict: false }))
    throw new GenesisError(`genesis is not valid: expected an address, found ${text}`)
  return getAddress(address).toLowerCase() as Address
}

function toAccount(account: {
  balance: bigint
  nonce: bigint
  code: Hex
  storage: Record<Hex, Hex>
}): GenesisAccount {
  return { ...account, storage: new Map(Object.entries(account.storage) as [Hex, Hex][]) }
}
