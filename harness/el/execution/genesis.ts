import type { Address, Hex } from 'viem'
import { z } from 'zod'
import { errorText } from '../../../node/concurrency/error-text.ts'
import { type ForkName, type ForkSchedule, forkNames, isForkActive } from '../../../node/config/forks.ts'
import { emptyRequestsHash } from '../../../node/protocol/block-hash.ts'
import { bytesToHex, uintToBytes } from '../../../node/protocol/bytes.ts'
import { emptyTrieRoot } from '../../../node/protocol/ordered-trie-root.ts'
import { zeroHash } from '../../../node/protocol/refs.ts'
import { refusedConfigKeys } from './genesis-config.ts'
import { checkExtraData } from './header-fields.ts'
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
const word = hexData
  .refine((value) => value.length <= 66, 'expected at most 32 bytes')
  .transform((value): Hex => `0x${value.slice(2).toLowerCase().padStart(64, '0')}`)

const time = z.int().nonnegative().transform(BigInt).nullish()
/** Of a field that a genesis block of an OP Stack chain has at zero. */
const zero = (why: string) => quantity.refine((value) => value === 0n, `expected 0, ${why}`).nullish()
const nonceMax = 2n ** 64n - 1n

const forkTimes = Object.fromEntries(forkNames.map((name) => [`${name}Time`, time])) as Record<
  `${ForkName}Time`,
  typeof time
>

const configSchema = z
  .looseObject({
    chainId: z.int().positive(),
    ...forkTimes,
    optimism: z.object({
      eip1559Elasticity: z.int().positive(),
      eip1559Denominator: z.int().positive(),
      eip1559DenominatorCanyon: z.int().positive().optional(),
    }),
  })
  .superRefine((config, context) => {
    for (const { key, message } of refusedConfigKeys(config))
      context.addIssue({ code: 'custom', path: [key], message })
  })

const genesisSchema = z.object({
  config: configSchema,
  timestamp: quantity,
  extraData: hexData.default('0x'),
  gasLimit: quantity,
  gasUsed: quantity.default(0n),
  difficulty: quantity.default(0n),
  nonce: quantity.refine((value) => value <= nonceMax, 'expected 8 bytes').default(0n),
  mixHash: word.default(zeroHash),
  coinbase: z.string().default(`0x${'00'.repeat(20)}`),
  baseFeePerGas: quantity,
  blobGasUsed: quantity.nullish(),
  excessBlobGas: quantity.nullish(),
  number: zero('since the chain of this engine begins with its genesis block'),
  parentHash: zero('since a genesis block has no parent'),
  stateHash: z.null('expected none: the state of the genesis block is made from alloc').optional(),
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
 * Parses an op-geth `genesis.json`. What it says of the genesis block goes into its header, and so into its hash; what
 * this engine cannot honour is refused, as is a fork that it does not know. Other unknown fields pass.
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
  return {
    config,
    alloc: new Map(
      Object.entries(data.alloc).map(([address, account]) => [toAddress(address), toAccount(account)]),
    ),
    header: headerOf(data, forks),
  }
}

/** Source: op-geth, `Genesis.ToBlock`. */
function headerOf(data: z.infer<typeof genesisSchema>, forks: ForkSchedule): Genesis['header'] {
  const active = (fork: ForkName) => isForkActive(forks, fork, data.timestamp)
  const { blobGasUsed, excessBlobGas, extraData, difficulty, nonce } = data
  if (!active('ecotone') && ((blobGasUsed ?? 0n) !== 0n || (excessBlobGas ?? 0n) !== 0n))
    throw new GenesisError('genesis is not valid: blobGasUsed, excessBlobGas: expected none before Ecotone')
  // The base fee of the first block is computed with what it holds.
  if (active('holocene')) orGenesisError(() => checkExtraData({ extraData }, true, active('jovian')))
  return {
    parentHash: zeroHash,
    feeRecipient: toAddress(data.coinbase),
    transactionsRoot: emptyTrieRoot,
    receiptsRoot: emptyTrieRoot,
    logsBloom: `0x${'00'.repeat(256)}`,
    number: 0n,
    gasLimit: data.gasLimit,
    gasUsed: data.gasUsed,
    timestamp: data.timestamp,
    extraData,
    prevRandao: data.mixHash,
    baseFeePerGas: data.baseFeePerGas,
    // The executor replaces it by the message passer's storage root from Isthmus on.
    ...(active('canyon') ? { withdrawalsRoot: emptyTrieRoot } : {}),
    ...(active('ecotone')
      ? {
          blobGasUsed: blobGasUsed ?? 0n,
          excessBlobGas: excessBlobGas ?? 0n,
          parentBeaconBlockRoot: zeroHash,
        }
      : {}),
    ...(active('isthmus') ? { requestsHash: emptyRequestsHash } : {}),
    ...(difficulty === 0n ? {} : { difficulty }),
    ...(nonce === 0n ? {} : { nonce: bytesToHex(uintToBytes(nonce, 8)) }),
  }
}

function orGenesisError(check: () => void): void {
  try {
    check()
  } catch (error) {
    throw new GenesisError(`genesis is not valid: ${errorText(error)}`, { cause: error })
  }
}

/** Genesis files write addresses with or without 0x. */
function toAddress(text: string): Address {
  const address = text.startsWith('0x') ? text : `0x${text}`
  if (!/^0x[0-9a-fA-F]{40}$/.test(address))
    throw new GenesisError(`genesis is not valid: expected an address, found ${text}`)
  return address.toLowerCase() as Address
}

function toAccount(account: {
  balance: bigint
  nonce: bigint
  code: Hex
  storage: Record<Hex, Hex>
}): GenesisAccount {
  return { ...account, storage: new Map(Object.entries(account.storage) as [Hex, Hex][]) }
}
