import type { Head } from './head.ts'

/** A head from `t` on, until the next move; Unix time in milliseconds. */
export interface Move {
  readonly t: number
  readonly value: Head
}

/** What one head of one node was, in the order of time. */
export interface HeadTrack {
  readonly length: number
  /** A negative index counts from the end. */
  at(index: number): Move | undefined
  /** Every move from that index on. */
  moves(from?: number): Generator<Move, void>
  /** How many moves were at `t` or before it: the index of the first that is later. */
  countUntil(t: number): number
  /** The head that holds at `t`. */
  headAt(t: number): Head | undefined
}

/** A track that grows. */
export interface GrowingHeadTrack extends HeadTrack {
  push(t: number, value: Head): void
}

/** In columns: a day of three nodes has a million moves, and an object for each is most of what an explanation takes. */
export function createHeadTrack(): GrowingHeadTrack {
  let times = new Float64Array(16)
  const heads: Head[] = []

  const move = (index: number): Move | undefined => {
    const value = heads[index]
    return value === undefined ? undefined : { t: times[index] ?? 0, value }
  }
  const countUntil = (t: number): number => {
    let [low, high] = [0, heads.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((times[middle] ?? 0) <= t) low = middle + 1
      else high = middle
    }
    return low
  }

  return {
    get length() {
      return heads.length
    },
    at: (index) => move(index < 0 ? heads.length + index : index),
    *moves(from = 0) {
      for (let index = from; index < heads.length; index++) {
        const one = move(index)
        if (one !== undefined) yield one
      }
    },
    countUntil,
    headAt: (t) => heads[countUntil(t) - 1],
    push(t, value) {
      if (heads.length === times.length) {
        const longer = new Float64Array(2 * times.length)
        longer.set(times)
        times = longer
      }
      times[heads.length] = t
      heads.push(value)
    },
  }
}

/** The moves of several tracks, in the order of time; of one time those of the earlier track first. */
export function* mergedMoves<T extends HeadTrack>(
  tracks: readonly T[],
): Generator<Move & { readonly track: T }, void> {
  const next = tracks.map(() => 0)
  for (;;) {
    let first: { readonly index: number; readonly track: T; readonly move: Move } | null = null
    for (const [index, track] of tracks.entries()) {
      const move = track.at(next[index] ?? 0)
      if (move !== undefined && (first === null || move.t < first.move.t)) first = { index, track, move }
    }
    if (first === null) return
    next[first.index] = (next[first.index] ?? 0) + 1
    yield { ...first.move, track: first.track }
  }
}
