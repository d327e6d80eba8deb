import type { AttributesWithParent, PayloadEnvelope } from '../protocol/payload.ts'
import type { L2BlockRef } from '../protocol/refs.ts'
import type { BuildJob, ConsolidateOutcome, EngineReset, FollowCase, FollowTarget } from './engine-client.ts'

/** The promise that a caller holds. */
export interface Reply<T> {
  resolve(value: T): void
  reject(error: Error): void
}

/** A follow target as it was handed over. */
export interface GivenTarget {
  readonly target: FollowTarget
  /** See `EngineClient.follow`. */
  readonly confirmed: boolean
  /** In milliseconds: own L1 had its origins then. */
  readonly validatedMs: number
  /** In milliseconds: nothing that was followed until then spoke against it. */
  readonly judgedMs: number
}

/**
 * Everything that the engine actor can be asked. Requests with `replies` coalesce: at most one of the kind waits, and
 * all who asked hear of its outcome.
 */
export type EngineRequest =
  | {
      readonly kind: 'reset'
      readonly reason: string
      /** See `EngineClient.reset`; true as long as all who ask for it say so. */
      keepsUnproven: boolean
      replies: Reply<EngineReset>[]
    }
  | {
      readonly kind: 'seal'
      readonly job: BuildJob
      readonly onInserted: (envelope: PayloadEnvelope) => void
      readonly reply: Reply<PayloadEnvelope>
    }
  | { readonly kind: 'build'; readonly attributes: AttributesWithParent; readonly reply: Reply<BuildJob> }
  /** Apply the next unsafe payload that fits. */
  | { readonly kind: 'insert'; replies: Reply<void>[] }
  | {
      readonly kind: 'consolidate'
      readonly attributes: AttributesWithParent
      readonly reply: Reply<ConsolidateOutcome>
    }
  | { readonly kind: 'follow'; given: GivenTarget; replies: Reply<FollowCase>[] }
  /** Tell the execution engine what it has not accepted yet: a head it syncs to, a label it lacked. */
  | { readonly kind: 'resync'; replies: Reply<void>[] }
  | { readonly kind: 'finalize'; block: L2BlockRef; replies: Reply<void>[] }

export type RequestKind = EngineRequest['kind']

export type RequestOf<Kind extends RequestKind> = Extract<EngineRequest, { kind: Kind }>

/** Kinds of which at most one waits. */
export type SharedKind = Extract<EngineRequest, { replies: unknown }>['kind']

/** Answers and forgets all who wait. */
export function answerAll<T>(replies: Reply<T>[], value: T): void {
  for (const reply of replies.splice(0)) reply.resolve(value)
}

/** Order of service, lowest first; equal ones in order of arrival. */
export const requestPriority: Readonly<Record<RequestKind, number>> = {
  reset: 0,
  seal: 1,
  build: 2,
  insert: 3,
  consolidate: 4,
  follow: 4,
  resync: 4,
  finalize: 5,
}
