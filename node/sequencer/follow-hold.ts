import type { AppliedFollowCase } from '../engine/engine-client.ts'

/**
 * Why a sequencer that follows builds nothing for now. Adopting the source's chain is not enough: a source that still
 * derives its way through a reorg will replace whatever is built meanwhile, block after block (optimism#21964).
 */
export type FollowHold =
  | { readonly kind: 'free' }
  | {
      readonly kind: 'held'
      readonly why: 'starting' | 'adopting'
      /** The source must have derived L1 up to here: the L1 head when the divergence was seen. */
      readonly untilL1: bigint
      /** How far the source was at its last accepted status. */
      readonly seenL1: bigint
      /** The hold ends here at the latest, in Unix milliseconds; moves on while the source makes progress. */
      readonly untilMs: number
    }

/** What one applied status means for the hold. */
export interface HoldEvent {
  readonly followCase: AppliedFollowCase
  /** Number of the source's `currentL1`. */
  readonly currentL1: bigint
  /** Number of own L1's head. */
  readonly l1Head: bigint
  readonly nowMs: number
}

/** A source that says nothing new for this long does not stop block production. */
export const holdMsMax = 10_000

/** A follower that starts waits for its source's first word, lest it builds on a chain that is long behind. */
export function startingHold(nowMs: number): FollowHold {
  return { kind: 'held', why: 'starting', untilL1: 0n, seenL1: 0n, untilMs: nowMs + holdMsMax }
}

/** The hold after an accepted status. One whose time is up is over: blocks were built since. */
export function nextHold(before: FollowHold, event: HoldEvent): FollowHold {
  const { followCase, currentL1, l1Head, nowMs } = event
  const hold: FollowHold = heldForMs(before, nowMs) > 0 ? before : { kind: 'free' }
  const untilMs = nowMs + holdMsMax
  if (followCase === 'ahead' || followCase === 'reorged') {
    const untilL1 = hold.kind === 'held' && hold.why === 'adopting' ? hold.untilL1 : l1Head
    return { kind: 'held', why: 'adopting', untilL1, seenL1: currentL1, untilMs }
  }
  if (hold.kind === 'free') return hold
  if (followCase === 'consolidated' && currentL1 >= hold.untilL1) return { kind: 'free' }
  return currentL1 > hold.seenL1 ? { ...hold, seenL1: currentL1, untilMs } : hold
}

/** Milliseconds for which nothing must be built; 0 when free. */
export function heldForMs(hold: FollowHold, nowMs: number): number {
  return hold.kind === 'free' ? 0 : Math.max(0, hold.untilMs - nowMs)
}
