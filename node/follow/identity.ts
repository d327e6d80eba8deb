import type { RollupConfig } from '../config/rollup-config.ts'
import type { NodeErrorCode } from '../errors/node-error.ts'
import type { ChainIdentity } from '../ports/follow-source.ts'
import { StartCheckError } from '../start-checks.ts'

/** The follow source serves another chain. At start this ends the node. */
export class FollowIdentityError extends StartCheckError {
  override readonly name: string = 'FollowIdentityError'
  override readonly code: NodeErrorCode = 'follow-identity'
}

/** What a source must answer to be followed under this configuration. */
export function chainIdentityOf(config: RollupConfig): ChainIdentity {
  return {
    l1ChainId: config.l1ChainId,
    l2ChainId: config.l2ChainId,
    l1GenesisHash: config.genesis.l1.hash,
    l2GenesisHash: config.genesis.l2.hash,
  }
}

/** Every field that differs, with both values; null when there is none. */
export function identityDifference(ours: ChainIdentity, theirs: ChainIdentity): string | null {
  const fields: readonly (readonly [string, bigint | string, bigint | string])[] = [
    ['L1 chain id', ours.l1ChainId, theirs.l1ChainId],
    ['L2 chain id', ours.l2ChainId, theirs.l2ChainId],
    ['L1 genesis hash', ours.l1GenesisHash.toLowerCase(), theirs.l1GenesisHash.toLowerCase()],
    ['L2 genesis hash', ours.l2GenesisHash.toLowerCase(), theirs.l2GenesisHash.toLowerCase()],
  ]
  const differences = fields
    .filter(([, expected, found]) => expected !== found)
    .map(([name, expected, found]) => `${name}: expected ${expected}, found ${found}`)
  return differences.length === 0 ? null : differences.join('; ')
}

/**
 * follow-mode.md, step 3.
 * @returns one sentence naming every field that differs with both values, or null when the source is on our chain.
 */
export function identityFault(ours: ChainIdentity, theirs: ChainIdentity): string | null {
  const difference = identityDifference(ours, theirs)
  return difference === null ? null : `the follow source serves another chain (${difference})`
}
