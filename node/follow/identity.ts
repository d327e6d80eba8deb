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

const fieldNames = {
  l1ChainId: 'L1 chain id',
  l2ChainId: 'L2 chain id',
  l1GenesisHash: 'L1 genesis hash',
  l2GenesisHash: 'L2 genesis hash',
} as const

/** Every told field that differs, with both values; null when there is none. */
export function identityDifference(ours: ChainIdentity, theirs: Partial<ChainIdentity>): string | null {
  const differences: string[] = []
  for (const key of ['l1ChainId', 'l2ChainId', 'l1GenesisHash', 'l2GenesisHash'] as const) {
    const [expected, found] = [ours[key], theirs[key]]
    if (found === undefined || String(expected).toLowerCase() === String(found).toLowerCase()) continue
    differences.push(`${fieldNames[key]}: expected ${expected}, found ${found}`)
  }
  return differences.length === 0 ? null : differences.join('; ')
}

/**
 * follow-mode.md, step 3.
 * @returns one sentence naming every told field that differs with both values, or null when none does.
 */
export function identityFault(ours: ChainIdentity, theirs: Partial<ChainIdentity>): string | null {
  const difference = identityDifference(ours, theirs)
  return difference === null ? null : `the follow source serves another chain (${difference})`
}
