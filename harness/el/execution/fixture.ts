import type { Hash, Hex } from 'viem'
import { z } from 'zod'
import { parseRollupConfig } from '../../../node/config/rollup-config.ts'
import { hexToBytes } from '../../../node/protocol/bytes.ts'
import { keccak256 } from '../../../node/protocol/hash.ts'
import type { PayloadAttributes } from '../../../node/protocol/payload.ts'
import { attributesFromJson } from '../../../node/protocol/payload-json.ts'
import { type BlockHeader, decodeHeader, hashHeader } from '../chain/header.ts'
import { createExecutor } from './executor.ts'
import { createMemoryStore } from './memory-store.ts'
import type { ElConfig, ExecutedBlock, StateStore } from './types.ts'

/** One block with everything that its execution needs. */
export interface ExecutionFixture {
  readonly config: ElConfig
  readonly parent: BlockHeader
  readonly attributes: PayloadAttributes
  readonly expectedHash: Hash
  readonly preimages: ReadonlyMap<Hash, Uint8Array>
}

/** The file is not an execution fixture; the message says what is wrong with it. */
export class FixtureError extends Error {
  override readonly name = 'FixtureError'
}

const hex = z.string().regex(/^0x([0-9a-fA-F]{2})*$/) as unknown as z.ZodType<Hex>
const hash = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/)
  .transform((value) => value.toLowerCase() as Hash)
const quantity = z
  .string()
  .regex(/^0x[0-9a-fA-F]+$/)
  .transform(BigInt)

const headerSchema = z.object({
  parentHash: hash,
  miner: hex,
  stateRoot: hash,
  transactionsRoot: hash,
  receiptsRoot: hash,
  logsBloom: hex,
  number: quantity,
  gasLimit: quantity,
  gasUsed: quantity,
  timestamp: quantity,
  extraData: hex,
  mixHash: hash,
  baseFeePerGas: quantity,
  withdrawalsRoot: hash.nullish(),
  blobGasUsed: quantity.nullish(),
  excessBlobGas: quantity.nullish(),
  parentBeaconBlockRoot: hash.nullish(),
  requestsHash: hash.nullish(),
})

const fixtureSchema = z.object({
  rollup_config: z.looseObject({ regolith_time: z.int().nullish() }),
  parent_header: headerSchema,
  executing_payload: z.looseObject({ noTxPool: z.boolean().nullish() }),
  expected_block_hash: hash,
  preimages: z.record(hash, hex),
})

/**
 * Reads a fixture: a JSON object with `rollup_config` (as in rollup.json), `parent_header` (as eth_getBlockByHash
 * answers it), `executing_payload` (payload attributes with raw transactions), `expected_block_hash`, and `preimages`
 * (keccak256 → trie node, contract code or ancestor header: all that execution reads).
 * @throws FixtureError naming the field that is wrong, or a preimage that does not have its hash.
 */
export function parseFixture(json: unknown): ExecutionFixture {
  const result = fixtureSchema.safeParse(json)
  if (!result.success) {
    const issue = result.error.issues[0]
    throw new FixtureError(
      `the fixture is not valid: ${issue?.path.join('.') || '(root)'}: ${issue?.message}`,
    )
  }
  const { data } = result
  const preimages = new Map<Hash, Uint8Array>()
  for (const [key, value] of Object.entries(data.preimages) as [Hash, Hex][]) {
    const bytes = hexToBytes(value)
    if (keccak256(bytes) !== key)
      throw new FixtureError(`the preimage of ${key} has the hash ${keccak256(bytes)}`)
    preimages.set(key, bytes)
  }
  // Chains that started after Regolith do not name it.
  const rollup = parseRollupConfig({
    ...data.rollup_config,
    regolith_time: data.rollup_config.regolith_time ?? 0,
  })
  const { miner, mixHash, ...header } = data.parent_header
  return {
    config: { chainId: rollup.l2ChainId, forks: rollup.forks, eip1559: rollup.eip1559 },
    parent: { ...present(header), feeRecipient: miner, prevRandao: mixHash } as BlockHeader,
    attributes: attributesFromJson({
      ...data.executing_payload,
      noTxPool: data.executing_payload.noTxPool ?? true,
    }),
    expectedHash: data.expected_block_hash,
    preimages,
  }
}

/** Executes the fixture's block on its witness. @throws InvalidBlockError, or MissingStateError for a lacking preimage. */
export async function executeFixture(fixture: ExecutionFixture): Promise<ExecutedBlock> {
  const { config, parent, attributes, preimages } = fixture
  const written: StateStore = createMemoryStore()
  const store: StateStore = {
    node: (hash) => preimages.get(hash) ?? written.node(hash),
    code: (hash) => preimages.get(hash) ?? written.code(hash),
    write: (batch) => written.write(batch),
  }
  const parentHash = hashHeader(parent)
  const executor = createExecutor({
    config,
    store,
    header: (hash) => {
      if (hash === parentHash) return parent
      const encoded = preimages.get(hash)
      return encoded === undefined ? undefined : decodeHeader(encoded)
    },
  })
  return (await executor.build(parent, { ...attributes, noTxPool: true }, { pool: [] })).block
}

function present<T extends object>(value: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== null && field !== undefined),
  ) as {
    [K in keyof T]: NonNullable<T[K]>
  }
}
