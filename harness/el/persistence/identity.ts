import type { Hash } from 'viem'
import { z } from 'zod'
import { type ForkSchedule, forkNames } from '../../../node/config/forks.ts'
import type { ElConfig } from '../execution/types.ts'
import type { Database } from './database.ts'

/** Grows with every change of what the tables hold; there is no reading of other versions. */
export const schemaVersion = 2

/** Which chain a datadir holds, and how. */
export interface DatadirIdentity {
  readonly schema: number
  readonly genesis: Hash
  readonly chainId: bigint
  /** Elasticity and denominators of EIP-1559, which decide base fees. */
  readonly eip1559: string
  readonly forks: ForkSchedule
}

export function identityOf(genesis: Hash, { chainId, eip1559, forks }: ElConfig): DatadirIdentity {
  const { elasticity, denominator, denominatorCanyon } = eip1559
  return {
    schema: schemaVersion,
    genesis,
    chainId,
    eip1559: `${elasticity}/${denominator}/${denominatorCanyon}`,
    forks,
  }
}

/**
 * Why a datadir cannot be used for a chain, as "expected …, found …"; `null` when it can. A fork time may differ while
 * the chain has passed neither the old nor the new one.
 * @param headTimestamp seconds.
 */
export function identityConflict(
  found: DatadirIdentity,
  expected: DatadirIdentity,
  headTimestamp: bigint,
): string | null {
  for (const [field, name] of [
    ['genesis', 'genesis block'],
    ['chainId', 'chain id'],
    ['eip1559', 'EIP-1559 parameters'],
  ] as const)
    if (found[field] !== expected[field])
      return `expected a chain with ${name} ${expected[field]}, found ${found[field]}`
  for (const fork of forkNames) {
    const [was, is] = [found.forks[fork], expected.forks[fork]]
    const passed = (time: bigint | undefined) => time !== undefined && time <= headTimestamp
    if (was !== is && (passed(was) || passed(is)))
      return `expected a chain with ${fork} ${timeOf(is)}, found one at time ${headTimestamp} with ${fork} ${timeOf(was)}`
  }
  return null
}

const key = Buffer.from('identity')
const integer = z
  .string()
  .regex(/^\d{1,78}$/)
  .transform(BigInt)
const stored = z.object({
  genesis: z.string().length(66) as unknown as z.ZodType<Hash>,
  chainId: integer,
  eip1559: z.string().max(1_000),
  forks: z.partialRecord(z.enum(forkNames), integer),
})

export function writeIdentity({ about }: Database['tables'], identity: DatadirIdentity): void {
  const text = JSON.stringify(identity, (_, value) => (typeof value === 'bigint' ? String(value) : value))
  about.put(key, Buffer.from(text))
}

/**
 * `null` for a new store. Of another schema only the number is known to be readable.
 * @throws Error when there is one that cannot be read.
 */
export function readIdentity({ about }: Database['tables']): DatadirIdentity | { schema: number } | null {
  const bytes = about.get(key)
  if (bytes === undefined) return null
  const json: unknown = JSON.parse(Buffer.from(bytes).toString())
  const { schema } = z.object({ schema: z.int() }).parse(json)
  return schema === schemaVersion
    ? { schema, ...(stored.parse(json) as Omit<DatadirIdentity, 'schema'>) }
    : { schema }
}

function timeOf(time: bigint | undefined): string {
  return time === undefined ? 'not scheduled' : `at ${time}`
}
