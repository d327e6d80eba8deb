import type { FollowTarget } from '../engine/engine-client.ts'
import { formatRef, isZeroRef, type L2BlockRef } from '../protocol/refs.ts'
import type { SyncStatus } from '../protocol/sync-status.ts'

/**
 * What a follower takes from a source's status: the heads to adopt and how far the source derived L1. An old source has
 * no `local_safe_l2`: `safe_l2` stands for it.
 */
export function followTarget(status: SyncStatus): FollowTarget {
  return {
    currentL1: status.currentL1,
    localSafe: isZeroRef(status.localSafeL2) ? status.safeL2 : status.localSafeL2,
    safe: status.safeL2,
    finalized: status.finalizedL2,
  }
}

/** The heads of a target by their RPC names, the highest first. */
export function headsByName({ localSafe, safe, finalized }: FollowTarget): readonly [string, L2BlockRef][] {
  return [
    ['local_safe_l2', localSafe],
    ['safe_l2', safe],
    ['finalized_l2', finalized],
  ]
}

/**
 * follow-mode.md, step 4: finalized ≤ safe ≤ local-safe by number, all of one chain as far as the status shows it, and
 * nothing is the zero reference. A zero `currentL1` is a source that restarted and shows persisted heads before it derives
 * (op-node's guard of August 2026).
 * @returns what is wrong, or null.
 */
export function structureFault(target: FollowTarget): string | null {
  const { currentL1, localSafe, safe, finalized } = target
  if (isZeroRef(currentL1)) return 'current_l1 is not known yet'
  for (const [name, ref] of headsByName(target)) if (isZeroRef(ref)) return `${name} is not known yet`
  if (finalized.number > safe.number)
    return `finalized_l2 ${formatRef(finalized)} is above safe_l2 ${formatRef(safe)}`
  if (safe.number > localSafe.number)
    return `safe_l2 ${formatRef(safe)} is above local_safe_l2 ${formatRef(localSafe)}`
  const heads = headsByName(target)
  for (const [index, [name, ref]] of heads.entries())
    for (const [other, higher] of heads.slice(0, index))
      if ((ref.hash === higher.hash) !== (ref.number === higher.number))
        return `${name} ${formatRef(ref)} and ${other} ${formatRef(higher)} are not of one chain`
  return null
}
