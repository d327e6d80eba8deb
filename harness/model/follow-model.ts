import type { Ancestry } from '../events/l2-blocks.ts'

/** Hashes of one forkchoice update. */
export interface Heads {
  readonly unsafe: string
  readonly safe: string
}

/** A status of the source that follow-mode.md, steps 4 and 5, accepts. */
export interface Told {
  readonly localSafe: { readonly number: number; readonly hash: string }
  readonly crossSafe: { readonly number: number; readonly hash: string }
  readonly currentL1: { readonly number: number; readonly hash: string }
  /** The engine confirmed its local-safe as safe since it was told. */
  readonly isApplied: boolean
  /** Nothing kept the follower from accepting it, or it has published its `currentL1` since: a mark against replays. */
  readonly isMark: boolean
}

export interface Step {
  /** What the follower said before. */
  readonly from: Heads
  readonly to: Heads
  /** What its source told it so far, oldest first: all that it may follow. */
  readonly told: readonly Told[]
  /**
   * L1 was reorged, or its engine started, a moment ago, or the head stands on an L1 block that is no more, however long
   * the node could do nothing about it: heads may go back along their own chain.
   */
  readonly goesBack: boolean
  /** It was started again: it follows a source that has derived L1 up to where that was then, whatever was told before. */
  readonly restarted: boolean
  /** The parent of the new head, when a peer gave that head. */
  readonly grewOn: string | null
  /** Whether L1 still has that block. */
  isOnL1(block: Told['currentL1']): boolean
  ancestry(lower: string, higher: string): Ancestry
  numberOf(hash: string): number | undefined
}

/** The rule that a step breaks, and how; null when it is allowed. */
export type Broken = {
  readonly rule: 'safe-moves' | 'unsafe-moves' | 'no-replay'
  readonly found: string
} | null

/**
 * All that a follower may make of its heads (follow-mode.md, steps 6 and 7). Safe becomes what the source told, and goes
 * back only with a status that is newer on L1 than all that it accepted before whose `currentL1` L1 still has. Unsafe grows on itself or
 * becomes the source's local-safe; where that contradicts it, it may go back first, below that. After an L1 reorg, or a start
 * of the engine, both may go back along the own chain.
 */
export function judgeStep(step: Step): Broken {
  return judgeSafe(step) ?? judgeUnsafe(step)
}

function judgeSafe(step: Step): Broken {
  const { from, to, told, goesBack, restarted, isOnL1, ancestry, numberOf } = step
  if (to.safe === from.safe || isZero(to.safe) || isZero(from.safe)) return null
  const says = (status: Told) => status.localSafe.hash === to.safe || status.crossSafe.hash === to.safe
  const sayers = told.filter(says)
  if (goesBack) return null
  const [before, after] = [numberOf(from.safe), numberOf(to.safe)]
  if (sayers.length === 0)
    return ancestry(from.safe, to.safe) === 'yes' &&
      told.some((status) => ancestry(to.safe, status.localSafe.hash) !== 'no')
      ? null
      : {
          rule: 'safe-moves',
          found: `safe went from ${show(before, from.safe)} to ${show(after, to.safe)}, which its source never told`,
        }
  if (before === undefined || after === undefined || after >= before) return null
  // The newest that says it, against the newest of those on L1 that said something higher. Where L1 has replaced the newest,
  // one that was applied before it is the mark, also with less than safe is now.
  const speaks = ({ localSafe, isApplied }: Told) =>
    localSafe.number >= before || (isApplied && localSafe.number > after)
  const newestOf = (statuses: readonly Told[]) =>
    Math.max(...statuses.map(({ currentL1 }) => currentL1.number))
  const mark = newestOf(told.filter((status) => status.isMark && speaks(status) && isOnL1(status.currentL1)))
  const newest = newestOf(sayers)
  return newest > mark || (restarted && newest === mark)
    ? null
    : {
        rule: 'no-replay',
        found: `safe went back from ${before} to ${after} for a status at L1 block ${newest}, although one at ${mark} had been accepted`,
      }
}

function judgeUnsafe({ from, to, told, goesBack, grewOn, ancestry, numberOf }: Step): Broken {
  if (to.unsafe === from.unsafe || goesBack || isZero(from.unsafe)) return null
  if (ancestry(from.unsafe, to.unsafe) !== 'no') return null
  if (told.some(({ localSafe }) => localSafe.hash === to.unsafe)) return null
  // What was told became the head, and the chain grew on it before it was said again.
  if (
    told.some(
      ({ localSafe }) =>
        ancestry(localSafe.hash, to.unsafe) === 'yes' && ancestry(localSafe.hash, from.unsafe) === 'no',
    )
  )
    return null
  // The engine has synced to a head that the source's chain contradicts: it is left for the one before it, which may grow.
  const newest = told.at(-1)?.localSafe
  const back = grewOn ?? to.unsafe
  if (
    newest !== undefined &&
    newest.number <= (numberOf(from.unsafe) ?? 0) &&
    ancestry(newest.hash, from.unsafe) === 'no' &&
    ancestry(back, from.unsafe) === 'yes' &&
    newest.number > (numberOf(back) ?? newest.number)
  )
    return null
  return {
    rule: 'unsafe-moves',
    found: `unsafe went from ${show(numberOf(from.unsafe), from.unsafe)} to ${show(numberOf(to.unsafe), to.unsafe)}, which neither builds on it nor is what the source told`,
  }
}

const isZero = (hash: string) => /^0x0*$/.test(hash)
const show = (number: number | undefined, hash: string) => `${number ?? '?'}:${hash.slice(0, 10)}…`
