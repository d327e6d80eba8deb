import type { Evaluation } from './monitor.ts'

/** A run in which an invariant was never evaluated says nothing about it. */
export class NeverJudgedError extends Error {
  override readonly name = 'NeverJudgedError'

  constructor(never: readonly Evaluation[]) {
    const list = never.map(({ invariant, node }) => `${invariant} on ${node}`).join(', ')
    super(
      `invariants were never evaluated: ${list}: expected at least one evaluation of each on every node that ran; does the scenario end too early, or does no event of that node reach the stream?`,
    )
  }
}
