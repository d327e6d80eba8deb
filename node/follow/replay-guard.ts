import { type BlockId, isZeroRef, type L1BlockRef } from '../protocol/refs.ts'

/** How far a node is: its derivation cursor on L1 and its local-safe head. */
export interface FollowPosition<L1 extends BlockId = BlockId> {
  readonly currentL1: L1
  readonly localSafe: BlockId
}

/** More statuses than L1 reorgs are deep; the oldest is forgotten beyond it. */
const marksMax = 1024

/**
 * A status whose local-safe is below the mark's while its `currentL1` is not newer comes from a source that restarted
 * and derives the same L1 again. Following it would rewind a live chain.
 */
export function looksLikeReplay(mark: FollowPosition, theirs: FollowPosition): boolean {
  return theirs.localSafe.number < mark.localSafe.number && theirs.currentL1.number <= mark.currentL1.number
}

/**
 * The accepted statuses, one for each `currentL1`, ascending. The mark of follow-mode.md, step 6, is the last one whose
 * `currentL1` own L1 still has: an accepted status with an older `currentL1` takes its place below it.
 */
export type ReplayMarks<L1 extends BlockId = BlockId> = readonly FollowPosition<L1>[]

/**
 * The marks with one more accepted status. It disproves those that say more of less L1: as L1 goes on nothing that is safe is
 * safe no more, so that was never derived from what L1 has. What was said on blocks that L1 has replaced stays, for as long
 * as it may take them back.
 * @param isOnL1 as far as it is known. Default: of no block.
 */
export function withAccepted<L1 extends BlockId>(
  marks: ReplayMarks<L1>,
  accepted: FollowPosition<L1>,
  isOnL1: (block: L1) => boolean = () => false,
): ReplayMarks<L1> {
  const { currentL1, localSafe } = accepted
  const isDisproved = (mark: FollowPosition<L1>) =>
    mark.currentL1.number < currentL1.number &&
    mark.localSafe.number > localSafe.number &&
    isOnL1(mark.currentL1)
  const others = marks.filter((mark) => mark.currentL1.hash !== currentL1.hash && !isDisproved(mark))
  const place = others.findLastIndex((mark) => mark.currentL1.number <= currentL1.number) + 1
  return others.toSpliced(place, 0, accepted).slice(-marksMax)
}

/** The newest mark whose `currentL1` own L1 still has; null when there is none. */
export async function newestMark<L1 extends BlockId>(
  marks: ReplayMarks<L1>,
  hasL1: (block: L1) => Promise<boolean>,
): Promise<FollowPosition<L1> | null> {
  for (const mark of marks.toReversed()) if (await hasL1(mark.currentL1)) return mark
  return null
}

/**
 * The mark that speaks against a status; null when none does. Own L1 is asked only when the status is below one of
 * them.
 */
export async function replayedMark<L1 extends BlockId>(
  marks: ReplayMarks<L1>,
  theirs: FollowPosition,
  hasL1: (block: L1) => Promise<boolean>,
): Promise<FollowPosition<L1> | null> {
  if (!marks.some((mark) => looksLikeReplay(mark, theirs))) return null
  const mark = await newestMark(marks, hasL1)
  return mark !== null && looksLikeReplay(mark, theirs) ? mark : null
}

/** Where we were when we started, as far as the execution engine and own L1 remember. */
export interface StartPosition {
  readonly localSafe: BlockId
  /** Own L1's head at our start, as far as it showed it. */
  readonly l1Head: BlockId
  /** When that was, in milliseconds. */
  readonly timeMs: number
}

/**
 * After our own restart nobody knows up to which L1 block our local-safe was derived: a source that derives again says it
 * with less, and no mark of that speaks against what it says next. One that takes local-safe back may replay as long as it
 * has not derived own L1 up to where that was at our start. Where own L1 lagged then, that was further than it showed, but
 * no block of after our start. It does not replay when own L1 has orphaned the origin of our local-safe, or the newest mark.
 */
export function mayReplaySinceBefore(start: StartPosition, theirs: FollowPosition<L1BlockRef>): boolean {
  const { localSafe, currentL1 } = theirs
  if (isZeroRef(start.localSafe) || localSafe.number >= start.localSafe.number) return false
  return currentL1.number < start.l1Head.number || Number(currentL1.timestamp) * 1_000 <= start.timeMs
}
