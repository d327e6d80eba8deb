import type { WorldEvent } from '../events/event.ts'
import type { L2Blocks } from '../events/l2-blocks.ts'
import type { L1View } from '../world/l1-view.ts'
import type { Observation } from '../world/status-stream.ts'
import type { Doubts } from './doubts.ts'
import type { SourceReports } from './source-reports.ts'

type EngineEvent = Extract<WorldEvent, { kind: 'engine' }>
export type ForkchoiceEvent = EngineEvent & { readonly heads: NonNullable<EngineEvent['heads']> }

/** What an invariant judges of its node. */
export type Evidence =
  /** A status that the node published. */
  | { readonly kind: 'status'; readonly observation: Observation }
  /** A forkchoice update that it sent to its engine. */
  | { readonly kind: 'forkchoice'; readonly event: ForkchoiceEvent }

/**
 * `not-judged`: this evidence says nothing about the rule, or too little is known. Only judgements count as evaluations.
 */
export type Finding = 'holds' | 'not-judged' | { readonly violated: string }

/** What an invariant may know besides the evidence. */
export interface InvariantContext {
  /** How often the node was started: what it knew before may be forgotten. */
  readonly starts: number
  /** How often its execution engine was started. */
  readonly engineStarts: number
  /** How often its execution engine lost all that it had. */
  readonly engineWipes: number
  /** How often it answered that it has nothing, although it has. */
  readonly engineDenials: number
  readonly l1: Pick<L1View, 'isCanonical' | 'orphanedMs'>
  /** Until when L1 was not what it is for this node, or for any. */
  readonly doubts: Doubts
  /** Until when the node or its engine was away, or the link between them, or any node's. */
  readonly engineDoubts: Doubts
  readonly blocks: L2Blocks
  /** Null on a node that derives. */
  readonly source: SourceReports | null
}

/**
 * Something that always holds. One instance watches one node, and may remember.
 *
 * @example
 * ```ts
 * import type { Invariant } from 'lockstep/invariants'
 *
 * export function currentL1NeverZero(): Invariant {
 *   let seen = false
 *   return {
 *     name: 'current-l1-never-zero',
 *     rule: 'once a node has a currentL1, it keeps one',
 *     judge(evidence) {
 *       if (evidence.kind !== 'status') return 'not-judged'
 *       const { number } = evidence.observation.status.currentL1
 *       if (number === 0n && seen) return { violated: 'currentL1 is zero again' }
 *       seen ||= number > 0n
 *       return 'holds'
 *     },
 *   }
 * }
 * ```
 */
export interface Invariant {
  readonly name: string
  /** What holds, in one line, for the failure. */
  readonly rule: string
  judge(evidence: Evidence, context: InvariantContext): Finding
}

/** An invariant was violated. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation'
  readonly invariant: string
  readonly rule: string
  readonly found: string

  constructor(invariant: Pick<Invariant, 'name' | 'rule'>, node: string, what: string) {
    super(`invariant ${invariant.name} violated: ${node}: ${what}`)
    this.invariant = invariant.name
    this.rule = invariant.rule
    this.found = `${node}: ${what}`
  }
}

/** A hash for people. */
export function shortHash(hash: string): string {
  return `${hash.slice(0, 10)}…`
}
