import { type BlockId, isZeroRef } from '../protocol/refs.ts'

/** How far a node is: its derivation cursor on L1 and its local-safe head. */
export interface FollowPosition {
  readonly currentL1: BlockId
  readonly localSafe: BlockId
}

/**
 * follow-mode.md, step 6: a status whose local-safe is below ours while its `currentL1` is not newer than ours comes
 * from a source that restarted and derives the same L1 again. Following it would rewind a live chain.
 *
 * True means: refuse, unless own L1 no longer has our recorded `currentL1`, which is a true L1 reorg.
 */
export function looksLikeReplay(ours: FollowPosition, theirs: FollowPosition): boolean {
  if (isZeroRef(ours.currentL1)) return false
  return theirs.localSafe.number < ours.localSafe.number && theirs.currentL1.number <= ours.currentL1.number
}

/** The verdict, given whether own L1 still has our recorded `currentL1` at its number. */
export function refusesAsReplay(
  ours: FollowPosition,
  theirs: FollowPosition,
  ourCurrentL1IsCanonical: boolean,
): boolean {
  return ourCurrentL1IsCanonical && looksLikeReplay(ours, theirs)
}
