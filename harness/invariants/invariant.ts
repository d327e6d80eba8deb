import type { Hash } from 'viem'
import type { L1View } from '../world/l1-view.ts'
import type { SourceReports } from '../world/source-reports.ts'
import type { Observation } from '../world/status-stream.ts'

/** What an invariant may know besides the observation. */
export interface InvariantContext {
  readonly nowMs: number
  /** How often the node was started: what it knew before may be forgotten. */
  readonly starts: number
  /** How often its execution engine was started. */
  readonly engineStarts: number
  readonly l1: Pick<L1View, 'isCanonical' | 'orphanedMs'>
  /** Null on a node that derives. */
  readonly source: { readonly name: string; readonly reports: SourceReports } | null
  /** The node's canonical block at that height; null when it has none or cannot be asked. */
  canonicalHash(number: bigint): Promise<Hash | null>
}

/** Something that holds at every observation of a node. One instance watches one node, and may remember. */
export interface Invariant {
  readonly name: string
  /** What holds, in one line, for the failure. */
  readonly rule: string
  /** What is wrong, in one line; null when nothing is. */
  check(observation: Observation, context: InvariantContext): string | null | Promise<string | null>
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
