import type { FollowCase } from '../engine/engine-client.ts'
import type { L1BlockRef, L2BlockRef } from '../protocol/refs.ts'

/**
 * How one poll of the follow source ended; the `result` label of `follow_source_requests_total`.
 * `applied` is the only one after which heads may have moved.
 */
export type FollowResult =
  | 'applied'
  /** A tick found the previous poll still in flight and asked nothing. */
  | 'in_flight'
  /** The source could not be asked, answered an error or garbage, or missed the deadline. */
  | 'error_fetch_status'
  /** The source serves another chain. */
  | 'error_identity'
  /** Heads out of order or not known yet (step 4). */
  | 'dropped_structure'
  /** Own L1 has another block at one of the numbers (step 5). */
  | 'dropped_not_canonical'
  /** Own L1 could not be asked (step 5). */
  | 'error_l1'
  /** A restarted source replays (step 6). */
  | 'dropped_replay'
  /** The execution engine could not be asked (step 7, case 2b). */
  | 'error_engine'
  /** The status contradicts our finalized block or what the execution engine knows of its blocks. */
  | 'refused_by_engine'
  /** The execution engine is syncing to an earlier target and is left alone for a while. */
  | 'deferred_el_sync'

/** Where the published safe heads come from and how fresh they are. Durations are in milliseconds. */
export interface FollowStatus {
  /** Scheme, host and port of the source; credentials, path and query are left out. */
  readonly source: string
  /** True while the source answers for another chain: nothing is followed until that ends. */
  readonly paused: boolean
  /** How the last finished poll ended; null before the first. */
  readonly lastResult: FollowResult | null
  /** What was wrong with the last poll that was not applied; null when none was. */
  readonly lastError: string | null
  /** Age of the last poll that finished, whatever its result. */
  readonly lastPollAgeMs: number | null
  /** The follow lag: age of the last status that was applied. */
  readonly lastAppliedAgeMs: number | null
  /** The case of follow-mode.md step 7 that the last applied status fell into. */
  readonly lastCase: FollowCase | null
  /** The last applied status. */
  readonly applied: {
    readonly currentL1: L1BlockRef
    readonly localSafe: L2BlockRef
    readonly safe: L2BlockRef
    readonly finalized: L2BlockRef
  } | null
}
