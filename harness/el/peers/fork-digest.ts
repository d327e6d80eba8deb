import type { Hash } from 'viem'
import { type ForkSchedule, forkNames } from '../../../node/config/forks.ts'
import { keccak256 } from '../../../node/protocol/hash.ts'

/**
 * What two engines must agree on beside the genesis block: the whole fork schedule. Stricter than EIP-2124's fork id,
 * which lets nodes with different futures talk; engines of one devstack always have the same schedule.
 */
export function forkDigest(forks: ForkSchedule): Hash {
  const schedule = forkNames.map((name) => `${name}=${forks[name] ?? 'never'}`).join(';')
  return keccak256(new TextEncoder().encode(schedule))
}
