import type { AppliedFollowCase, FollowTarget } from '../engine/engine-client.ts'

/**
 * How one poll of the follow source ended; the `result` label of `follow_source_requests_total`.
 * `applied` is the only one after which heads may have moved.
 */
export type FollowResult =
  | 'applied'
  /** A period passed with the poll still in flight: nothing was asked. */
  | 'in_flight'
  /** The source could not be asked, answered an error or garbage, or missed the deadline. */
  | 'error_fetch_status'
  /** The source serves another chain. */
  | 'error_identity'
  /** Heads out of order or not known yet (step 4). */
  | 'dropped_structure'
  /** A head whose time its number, its L1 origin or the clock contradict (step 4). */
  | 'dropped_time'
  /** Own L1 has another block at one of the numbers (step 5). */
  | 'dropped_not_canonical'
  /** Own L1 is not as far as the source yet (step 5). */
  | 'ahead_of_own_l1'
  /** Own L1 could not be asked (step 5). */
  | 'error_l1'
  /** A restarted source replays (step 6). */
  | 'dropped_replay'
  /** Further ahead than block time allows: a second poll must say so too. */
  | 'held_jump'
  /** The execution engine could not be asked (step 7, case 2b); the target waits. */
  | 'error_engine'
  /** The status contradicts our finalized block or what the execution engine knows of its blocks. */
  | 'refused_by_engine'
  /** The execution engine fetches the blocks of the status: it is a target until then. */
  | 'el_syncing'
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
  readonly lastCase: AppliedFollowCase | null
  /** The last applied status. */
  readonly applied: FollowTarget | null
  /** A valid status whose blocks the execution engine does not have: none of its heads is ours yet. Null for none. */
  readonly target: FollowTarget | null
}
