import type { Hash } from 'viem'
import type { ForkchoiceState } from '../protocol/payload.ts'
import type { L2BlockRef } from '../protocol/refs.ts'
import type { AppliedFollowCase, EngineFollowed, FollowTarget } from './engine-client.ts'
import type { EngineStore } from './engine-store.ts'
import type { KnownBlocks } from './known-blocks.ts'
import type { EngineActorOptions } from './options.ts'
import type { UnsafePayloadQueue } from './unsafe-payload-queue.ts'
import type { WalkMemory } from './walk-reads.ts'

/** A follow target on its way into the state. */
export interface WaitingFollow<Case extends AppliedFollowCase = AppliedFollowCase> extends EngineFollowed {
  readonly followCase: Case
  /** When own L1 last had the origins of the target, in milliseconds. */
  validatedMs: number
}

/** What the engine actor's tasks work on. One task runs at a time, so none of it is shared at any moment. */
export interface EngineContext extends Required<EngineActorOptions> {
  readonly store: EngineStore
  readonly unsafePayloads: UnsafePayloadQueue
  /** Blocks that the execution engine has for sure; only their hashes go into `safe` and `finalized`. */
  readonly knownBlocks: KnownBlocks
  /** The last forkchoice that the execution engine was told; null when that is not certain. */
  told: ForkchoiceState | null
  /** The highest finalized block that the execution engine was told, or may have been: an answer can be lost. */
  toldFinalized: L2BlockRef | null
  /** The highest finalized block that it has confirmed: what is refused later says nothing against it. */
  confirmedFinalized: L2BlockRef | null
  /** While a sequencer holds: hash of the head that ends the hold once the execution engine has it. */
  holdUntil: Hash | null
  /** The follow target that the sync target is made of, or that is being applied: told when the state holds it. */
  following: WaitingFollow | null
  /** The target that was applied last, and when, in milliseconds. */
  lastFollowed: { readonly target: FollowTarget; readonly atMs: number } | null
  /** What a follow target that was never told to be applied began to do; told with the next one that is. */
  begunAdoption: 'ahead' | 'reorged' | null
  /** Tells those who listen that a follow target was applied. */
  readonly onFollowed: (followed: EngineFollowed) => void
  /** The progress of the execution engine's sync: its latest block, what it says of its work, and since when, in milliseconds. */
  sync: { readonly sinceMs: number; readonly latest: bigint | null; readonly mark: string | null } | null
  /** The unsafe head on which no queued payload fits, and since when, in milliseconds. */
  gap: { readonly head: Hash; readonly sinceMs: number } | null
  /** The next unsafe payload, while its L1 origin is an orphan, and since when, in milliseconds. */
  orphaned: { readonly payload: Hash; readonly sinceMs: number } | null
  /** The unsafe head that derived blocks of an unfinished span batch replaced; restored when the batch is dropped. */
  backupUnsafe: L2BlockRef | null
  /**
   * While the safe blocks that a reset kept without proof are derived again (`SyncStart.proven`): the newest of them that
   * ended a span. Null when safe is proven.
   */
  provenSafe: L2BlockRef | null
  /** What a reset that failed has read of the chain, for its next attempt. */
  readonly walkMemory: WalkMemory
  /** Aborts when the actor stops. */
  readonly signal: AbortSignal
}

/** What a task wants of the actor when it is through. */
export type TaskResult =
  | { readonly kind: 'done' }
  /** Run again after its back-off. */
  | { readonly kind: 'later' }
  /** Run again at once, after tasks of a higher priority. */
  | { readonly kind: 'again' }
  /** Run again at that time at the latest, in milliseconds. */
  | { readonly kind: 'at'; readonly timeMs: number }

export const done: TaskResult = { kind: 'done' }
export const later: TaskResult = { kind: 'later' }
export const again: TaskResult = { kind: 'again' }
