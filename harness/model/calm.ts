import type { WatchedWorld } from '../invariants/monitor.ts'

/** What a node has against back-offs of its polls and of its engine tasks, in milliseconds. */
const backOffMs = 12_000

/**
 * How long after the last disturbance a node must go on, and have no reason any more to go back: back-offs, some slots, and
 * a look at L1.
 */
export function calmMs({ l1BlockTime, l2BlockTime }: WatchedWorld['parameters']): number {
  return backOffMs + 4_000 * l2BlockTime + 1_000 * l1BlockTime
}
