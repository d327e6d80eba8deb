import { withDeadline } from '../concurrency/deadline.ts'
import { errorText } from '../concurrency/error-text.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import { findNonCanonical, formatNonCanonical } from '../l1/canonicality.ts'
import type { Clock } from '../ports/clock.ts'
import type { ChainIdentity, FollowSource } from '../ports/follow-source.ts'
import type { L1Source } from '../ports/l1-source.ts'
import { formatRef, type L1BlockRef, type L2BlockRef } from '../protocol/refs.ts'
import type { SyncStatus } from '../protocol/sync-status.ts'
import { chainIdentityOf, identityFault } from './identity.ts'
import { looksLikeReplay } from './replay-guard.ts'
import type { FollowResult } from './status.ts'
import { type FollowedStatus, followedStatus, structureFault } from './structure.ts'

/** How one poll ended. Only `valid` carries source data, and only after steps 3 to 6 of follow-mode.md passed. */
export type FollowPoll =
  | { readonly result: 'valid'; readonly status: FollowedStatus; readonly identityChecked: true }
  | {
      readonly result: Extract<
        FollowResult,
        | 'error_fetch_status'
        | 'error_identity'
        | 'error_l1'
        | 'dropped_structure'
        | 'dropped_not_canonical'
        | 'dropped_replay'
      >
      readonly reason: string
      /** Absent: what was known before still holds. */
      readonly identityChecked?: boolean
    }

export interface FollowPollInput {
  readonly rollup: RollupConfig
  readonly follow: { readonly timeoutMs: number }
  readonly source: FollowSource
  readonly l1: L1Source
  readonly clock: Clock
  /** Where we are: the replay guard compares with it. */
  readonly ours: { readonly currentL1: L1BlockRef; readonly localSafe: L2BlockRef }
  /** False: ask the source for its chain, beside its status. */
  readonly identityChecked: boolean
  readonly signal: AbortSignal
}

/**
 * Asks the source once and judges the answer: follow-mode.md, steps 1 and 3 to 6. Source and own L1 have the deadline each.
 * Never rejects but with the signal's reason.
 */
export async function pollFollowSource(input: FollowPollInput): Promise<FollowPoll> {
  const { follow, clock, signal } = input
  let answer: { identity: ChainIdentity | null; status: SyncStatus }
  try {
    answer = await withDeadline('follow source', follow.timeoutMs, clock, signal, (inner) =>
      askSource(input, inner),
    )
  } catch (error) {
    signal.throwIfAborted()
    return { result: 'error_fetch_status', reason: errorText(error), identityChecked: false }
  }

  const foreign =
    answer.identity === null ? null : identityFault(chainIdentityOf(input.rollup), answer.identity)
  if (foreign !== null) return { result: 'error_identity', reason: foreign, identityChecked: false }

  const status = followedStatus(answer.status)
  const fault = structureFault(status)
  if (fault !== null) return { result: 'dropped_structure', reason: fault, identityChecked: true }

  try {
    return await withDeadline('own L1', follow.timeoutMs, clock, signal, (inner) =>
      judgeByOwnL1(input, status, inner),
    )
  } catch (error) {
    signal.throwIfAborted()
    return { result: 'error_l1', reason: errorText(error), identityChecked: true }
  }
}

async function askSource({ source, identityChecked }: FollowPollInput, signal: AbortSignal) {
  const [identity, status] = await Promise.all([
    identityChecked ? null : source.chainIdentity(signal),
    source.syncStatus(signal),
  ])
  return { identity, status }
}

/** Steps 5 and 6. */
async function judgeByOwnL1(
  { l1, ours }: FollowPollInput,
  status: FollowedStatus,
  signal: AbortSignal,
): Promise<FollowPoll> {
  const { currentL1, target } = status
  const origins = [target.localSafe, target.safe, target.finalized].map((block) => block.l1Origin)
  const mismatch = await findNonCanonical(l1, [...origins, currentL1], signal)
  if (mismatch !== null)
    return {
      result: 'dropped_not_canonical',
      reason: `the source is on another L1 fork: ${formatNonCanonical(mismatch)}`,
      identityChecked: true,
    }

  const theirs = { currentL1, localSafe: target.localSafe }
  if (looksLikeReplay(ours, theirs) && (await findNonCanonical(l1, [ours.currentL1], signal)) === null)
    return {
      result: 'dropped_replay',
      reason:
        `the source replays: its local-safe ${formatRef(target.localSafe)} at L1 ${formatRef(currentL1)} is behind ` +
        `ours ${formatRef(ours.localSafe)} at L1 ${formatRef(ours.currentL1)}, which L1 still has`,
      identityChecked: true,
    }
  return { result: 'valid', status, identityChecked: true }
}
