import { looksLikeReplay } from '../follow/replay-guard.ts'
import { findNonCanonical, formatNonCanonical } from '../l1/canonicality.ts'
import { formatRef } from '../protocol/refs.ts'
import type { FollowTarget } from './engine-client.ts'
import type { EngineContext } from './engine-context.ts'

/** How long what own L1 said about a target holds, in milliseconds: less than the shortest back-off of a task. */
const validMs = 25

/**
 * Asks own L1 once more about a target that is older than that, whatever made it wait. Source: follow-mode.md, step 7.
 * @returns why it must not be applied any more; null when it may.
 * @throws what the L1 source throws when it cannot be asked: the target goes on waiting.
 */
export async function staleReason(
  { l1, clock, signal }: Pick<EngineContext, 'l1' | 'clock' | 'signal'>,
  { target, validatedMs }: { readonly target: FollowTarget; readonly validatedMs: number },
): Promise<string | null> {
  if (clock.nowMs() - validatedMs <= validMs) return null
  const { currentL1, localSafe, safe, finalized } = target
  const fault = await findNonCanonical(
    l1,
    [localSafe.l1Origin, safe.l1Origin, finalized.l1Origin, currentL1],
    signal,
  )
  if (fault === null) return null
  return `L1 moved on while ${formatRef(localSafe)} waited: ${formatNonCanonical(fault)}`
}

/**
 * A status that was judged while an adoption was under way was compared with what had been followed before it: one that a
 * source said earlier would take the labels back. Source: follow-mode.md, step 6.
 * @returns why it must not be applied; null when it may.
 */
export function overtakenReason(
  { lastFollowed }: Pick<EngineContext, 'lastFollowed'>,
  { target, judgedMs }: { readonly target: FollowTarget; readonly judgedMs: number },
): string | null {
  // What came in the same millisecond may have come after it.
  if (lastFollowed === null || lastFollowed.atMs < judgedMs) return null
  return looksLikeReplay(lastFollowed.target, target)
    ? `${formatRef(lastFollowed.target.localSafe)} was adopted while ${formatRef(target.localSafe)} was judged`
    : null
}
