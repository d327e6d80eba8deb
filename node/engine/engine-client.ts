import type { Hash, Hex } from 'viem'
import { NodeError } from '../errors/node-error.ts'
import type { AttributesWithParent, PayloadEnvelope } from '../protocol/payload.ts'
import type { L1BlockRef, L2BlockRef } from '../protocol/refs.ts'

/** All L2 heads, as the engine actor holds them. Zero references until the first reset. */
export interface EngineHeads {
  readonly unsafe: L2BlockRef
  readonly localSafe: L2BlockRef
  /** Cross-safe; the `safe` of every forkchoice update. Equal to local-safe before interop. */
  readonly safe: L2BlockRef
  readonly finalized: L2BlockRef
}

/**
 * How far the initial sync of the execution engine from its peers is (`--syncmode=execution-layer`). op-node's engine
 * sync status; each step is taken once, in this order.
 */
export type InitialElSync =
  /** Waits for the first unsafe payload: it says where to sync to. */
  | 'will-start'
  /** The execution engine syncs to the newest unsafe payload; it is told no safe and no finalized block. */
  | 'started'
  /** The execution engine has the chain; safe and finalized are about to be set. */
  | 'finished-not-finalized'
  /** It has ended, or none was asked for: derivation runs. */
  | 'finished'

/** A snapshot of the engine actor. A new object for every change. */
export interface EngineState extends EngineHeads {
  /** False until heads were read from the execution engine. */
  readonly initialized: boolean
  readonly initialElSync: InitialElSync
  /**
   * Heads that the execution engine was told of and does not have: it fetches their blocks. They become the heads, all
   * at once, when it has validated them. The heads of the state itself are blocks that it has, so that nothing is
   * published on another node's word. Null when there is none.
   */
  readonly syncTarget: EngineHeads | null
  /** True while there is a `syncTarget`. */
  readonly elSyncing: boolean
  /**
   * The newest derived block: derivation's next parent. It is ahead of local-safe only inside a span batch: local-safe
   * moves when the span ends. It is below local-safe only while the safe blocks that a start kept without proof are
   * derived again. `pending_safe_l2` of the status is the higher of both.
   */
  readonly pendingSafe: L2BlockRef
  /**
   * True while a sequencer adopts the follow source's chain, until the execution engine confirms the new head.
   * Builds and seals are rejected meanwhile. Always false on a node that does not sequence.
   */
  readonly holding: boolean
  /** The last refused request to move finalized, as a sentence; null when there was none since the last reset. */
  readonly finalizedConflict: string | null
}

/** True when safe means what it says, so that derivation may go on from it. */
export function knowsSafe({ initialized, initialElSync }: EngineState): boolean {
  return initialized && initialElSync === 'finished'
}

/** Safe blocks that a start kept are being derived again: nothing has proven yet that canonical L1 gives them. */
export function isProving({ pendingSafe, localSafe }: EngineState): boolean {
  return pendingSafe.number < localSafe.number
}

/** A validated status of the follow source: the whole target of one follow tick. */
export interface FollowTarget {
  /** How far the source has derived L1. The engine only hands it on, with what it made of the heads. */
  readonly currentL1: L1BlockRef
  readonly localSafe: L2BlockRef
  readonly safe: L2BlockRef
  readonly finalized: L2BlockRef
}

/** The cases of follow-mode.md step 7 that move heads: 1 'ahead', 3 'consolidated', 4 'reorged'. */
export type AppliedFollowCase = 'ahead' | 'consolidated' | 'reorged'

/**
 * What became of a follow target.
 * 'el-syncing': the execution engine does not have its blocks (yet): it is or becomes part of the sync target.
 * 'el-error' (2b): the engine could not be asked; the target waits.
 * 'unconfirmed': it would replace our head, and the source's chain was not asked for: ask, and follow again.
 * 'refused': it contradicts our finalized block, itself, or own L1 by now; it is counted and logged, and no head moved.
 */
export type FollowCase = AppliedFollowCase | 'el-syncing' | 'el-error' | 'unconfirmed' | 'refused'

/** The engine holds what a follow target says, however many attempts that took. */
export interface EngineFollowed {
  readonly target: FollowTarget
  readonly followCase: AppliedFollowCase
}

/** What became of derived attributes. */
export type ConsolidateOutcome =
  | { readonly kind: 'consolidated' | 'built'; readonly block: L2BlockRef }
  /** Holocene: the payload was invalid and its deposits-only form took its place; the channel must be flushed. */
  | { readonly kind: 'deposits-only'; readonly block: L2BlockRef }
  /**
   * Before Holocene: the payload was invalid, so its batch is dropped. Derivation goes on from `pendingSafe` with the
   * next batch for that block. specs/protocol/derivation.md, "L1-sync: payload attributes processing".
   */
  | { readonly kind: 'dropped'; readonly reason: string }
  /** Pending-safe already moved past the parent: nothing was done. */
  | { readonly kind: 'stale' }
  /** The heads were reset; derivation must restart from the engine's safe head. */
  | { readonly kind: 'reset' }

/** Why heads were reset, and to what. */
export interface EngineReset {
  readonly reason: string
  readonly heads: EngineHeads
  /** It came in the middle of an adoption, which will not be told before the source names its head again. */
  readonly cutsAdoption: boolean
}

/** A build that the execution engine has begun. */
export interface BuildJob {
  readonly payloadId: Hex
  readonly attributes: AttributesWithParent
}

/** The sequencer's build or seal was overtaken: the head is no longer the parent that it was asked for. */
export class UnsafeHeadChangedError extends NodeError {
  override readonly name = 'UnsafeHeadChangedError'
  override readonly code = 'engine-head-changed'
}

/**
 * The engine actor as the other actors see it. Every call is one task in the actor's queue; each promise settles
 * when its task has run. Temporary errors are retried inside the actor with back-off; they reject only where noted.
 */
export interface EngineClient {
  /** The latest snapshot. */
  readonly state: EngineState
  /** Called after every change, in order, synchronously. Returns the function that ends the subscription. */
  subscribe(listener: (state: EngineState) => void): () => void
  /** Called after every reset, before the next task runs. */
  onReset(listener: (reset: EngineReset) => void): () => void
  /** A gossiped, posted or otherwise external unsafe payload: queued, applied when it fits, dropped when stale. */
  addUnsafePayload(envelope: PayloadEnvelope): Promise<void>
  /** Derived attributes: match them against the unsafe chain, or build them. */
  consolidate(attributes: AttributesWithParent): Promise<ConsolidateOutcome>
  /**
   * follow-mode.md, step 7. Never rejects on a temporary error: it answers 'el-error' and keeps the target, which is
   * tried again with back-off until it is applied or a newer target replaces it.
   * @param confirmed the source was asked for its chain with or after this status, or does not tell it: the target may
   * replace our head.
   * @param judgedMs when it was judged by what had been followed until then, in milliseconds. Default: now.
   */
  follow(target: FollowTarget, confirmed: boolean, judgedMs?: number): Promise<FollowCase>
  /** Called whenever a follow target has been applied: by its own task, a retry, or the end of a sync. */
  onFollowed(listener: (followed: EngineFollowed) => void): () => void
  /** Promotes an already safe block. A block above safe or below finalized is refused, counted and logged. */
  finalize(block: L2BlockRef): Promise<void>
  /** Sequencer: start a build on the unsafe head. Rejects with UnsafeHeadChangedError or a temporary error. */
  build(attributes: AttributesWithParent): Promise<BuildJob>
  /**
   * Sequencer: seal, insert and make canonical. Rejects with UnsafeHeadChangedError or a temporary error.
   * @param onInserted called once the execution engine has validated the block: where the call rejects after that, the
   * block may be its head all the same, and ours with the next reset.
   */
  seal(job: BuildJob, onInserted?: (envelope: PayloadEnvelope) => void): Promise<PayloadEnvelope>
  /**
   * Read the heads from the execution engine, check them against L1, adopt what survives. Safe blocks that an earlier
   * reset kept without proof survive only as far as they have been derived again.
   * @param options.keepsUnproven they survive: who asks has found nothing that speaks against them.
   */
  reset(reason: string, options?: { readonly keepsUnproven: boolean }): Promise<EngineReset>
  /** The canonical L2 block at that number, as the actor's engine has it; null when it has none. */
  blockRefByNumber(number: bigint): Promise<L2BlockRef | null>
  blockRefByHash(hash: Hash): Promise<L2BlockRef | null>
}
