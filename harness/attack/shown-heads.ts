import type { Hash } from 'viem'

/** The heads that an L1 has shown, and until when: which of them a node may hold for its head. */
export interface ShownHeads {
  show(head: Hash): void
  /** Whether L1 shows it, or has not ceased to for longer than the node may need to see that. */
  mayHold(head: Hash): boolean
}

/** @param lagMs a few polls, and what a busy machine takes. */
export function createShownHeads(first: Hash, nowMs: () => number, lagMs: number): ShownHeads {
  const ceasedMs = new Map<Hash, number>()
  let current = first
  return {
    show(head) {
      ceasedMs.set(current, nowMs())
      ceasedMs.delete(head)
      current = head
    },
    mayHold: (head) =>
      head === current || nowMs() - (ceasedMs.get(head) ?? Number.NEGATIVE_INFINITY) <= lagMs,
  }
}
