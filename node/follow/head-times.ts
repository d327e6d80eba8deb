import type { RollupConfig } from '../config/rollup-config.ts'
import type { FollowTarget } from '../engine/engine-client.ts'
import { maxSequencerDrift } from '../protocol/limits.ts'
import { formatRef, type L1BlockRef, type L2BlockRef } from '../protocol/refs.ts'
import { headsByName } from './structure.ts'

/** How far the source's clock, or ours, may be off, in seconds. */
export const clockToleranceSeconds = 10n

/**
 * No head may be where the chain cannot be yet: an L2 block's time follows from its number, and none is made for the
 * future. So a source cannot name heads far above everything.
 * Source: follow-mode.md, step 4; specs/protocol/derivation.md, "Batch Queue" (`next_timestamp`).
 * @param nowSeconds Unix time: the later of our clock's and own L1's.
 * @returns what is wrong, or null.
 */
export function headTimeFault(
  { genesis, blockTime }: Pick<RollupConfig, 'genesis' | 'blockTime'>,
  target: FollowTarget,
  nowSeconds: bigint,
): string | null {
  for (const [name, ref] of headsByName(target)) {
    const expected = genesis.l2Time + (ref.number - genesis.l2.number) * blockTime
    if (ref.timestamp !== expected)
      return `${name} ${formatRef(ref)} has the time ${ref.timestamp}, block ${ref.number} of this chain has ${expected}`
    if (ref.timestamp > nowSeconds + clockToleranceSeconds)
      return `${name} ${formatRef(ref)} is of the time ${ref.timestamp}, it is ${nowSeconds} now`
  }
  return null
}

/** Reads own L1 by number. */
export type L1BlockAt = (number: bigint) => Promise<L1BlockRef | null>

/**
 * A block lies no earlier than its L1 origin, and no more than the sequencer's drift after it, unless L1 has no later
 * block that it could have had for its origin.
 * Source: specs/protocol/derivation.md, "Batch Queue"; fjord/derivation.md, "Constant Maximum Sequencer Drift".
 * @returns what is wrong, or null.
 */
export async function driftFault(
  config: RollupConfig,
  target: FollowTarget,
  l1BlockAt: L1BlockAt,
): Promise<string | null> {
  for (const [name, ref] of headsByName(target)) {
    // Genesis is what the configuration says it is.
    if (ref.number === config.genesis.l2.number) continue
    const fault = await originFault(config, ref, l1BlockAt)
    if (fault !== null) return `${name} ${formatRef(ref)} of the time ${ref.timestamp} ${fault}`
  }
  return null
}

async function originFault(
  config: RollupConfig,
  { timestamp, l1Origin }: L2BlockRef,
  l1BlockAt: L1BlockAt,
): Promise<string | null> {
  const origin = await l1BlockAt(l1Origin.number)
  if (origin === null) return `has the L1 origin ${formatRef(l1Origin)}, which own L1 lacks`
  if (timestamp < origin.timestamp)
    return `lies before its L1 origin ${formatRef(origin)} of ${origin.timestamp}`
  const drift = maxSequencerDrift(config, origin.timestamp)
  if (timestamp <= origin.timestamp + drift) return null
  const next = await l1BlockAt(l1Origin.number + 1n)
  if (next === null || next.timestamp > timestamp) return null
  return `lies more than ${drift} s after its L1 origin ${formatRef(origin)} of ${origin.timestamp}`
}
