/** Heights that a status of a source tells, or a follower publishes. */
export interface Heights {
  readonly localSafe: number
  readonly crossSafe: number
  readonly finalized: number
  /** On L1. */
  readonly currentL1: number
}

/** Heights that were told, and when, in milliseconds. */
export interface ToldHeights extends Heights {
  readonly t: number
  /** False for what the follower may have had no time to take: then it owes what it was told before, or this where it is less. */
  readonly isDue: boolean
}

const levels = ['currentL1', 'localSafe', 'crossSafe', 'finalized'] as const

/**
 * What a follower that nothing disturbs must have by now: all that its source has told since `sinceMs`, and told last
 * before that; the least of it, where the source itself went back meanwhile. Null when nothing is that old.
 */
export function owed(told: readonly ToldHeights[], sinceMs: number): Heights | null {
  const first = told.findLastIndex(({ t, isDue }) => isDue && t <= sinceMs)
  if (first < 0) return null
  const recent = told.slice(first)
  const least = (level: keyof Heights) => Math.min(...recent.map((heights) => heights[level]))
  return {
    localSafe: least('localSafe'),
    crossSafe: least('crossSafe'),
    finalized: least('finalized'),
    currentL1: least('currentL1'),
  }
}

/**
 * Whether it is what a source says that lost its chain, and derives it again: what lies below the follower's finalized block,
 * or is behind on L1 and L2, is refused with all its labels (follow-mode.md, steps 6 and 7).
 */
export function mustRefuse(published: Heights, told: Heights): boolean {
  const isReplay = told.localSafe < published.localSafe && told.currentL1 < published.currentL1
  return isReplay || told.localSafe < published.finalized
}

/** What is behind what is owed, for people; null when nothing is. */
export function behind(published: Heights, owes: Heights): string | null {
  const level = levels.find((one) => published[one] < owes[one])
  return level === undefined ? null : `${level} is ${published[level]}, expected at least ${owes[level]}`
}
