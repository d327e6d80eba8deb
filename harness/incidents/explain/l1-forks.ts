import type { BlockRef } from '../../report/model/chains.ts'
import { changeAt, type Track } from '../../report/model/track.ts'

/** What L1 says of a block at a time. `unknown`: from before the recording, above its head then, or of a height that nobody told. */
export type L1State = 'canonical' | 'orphaned' | 'never' | 'unknown'

/** L1 with its forks over time, as the events told it. */
export interface L1Forks {
  readonly heads: Track<BlockRef>
  /** A new head: everything at its height or above is orphaned. */
  add(block: BlockRef, t: number): void
  stateAt(block: BlockRef, t: number): L1State
  /** Since when the block is orphaned at `t`; null when it is not. */
  orphanedSince(hash: string, t: number): number | null
  headAt(t: number): BlockRef | null
}

export function createL1Forks(): L1Forks {
  const heads: Track<BlockRef> = []
  const canonical = new Map<number, string>()
  /** Of these heights a block was told once: logs may name few. */
  const heights = new Set<number>()
  /** Since when each block is canonical, of those that were never anything else: nearly all. */
  const since = new Map<string, number>()
  /** Whether each other block was canonical, from when. */
  const changed = new Map<string, Track<boolean>>()
  let top = -1
  const change = (hash: string, value: boolean, t: number) => {
    const first = since.get(hash)
    if (first === undefined && !changed.has(hash)) {
      since.set(hash, t)
      return
    }
    const track = changed.get(hash) ?? [{ seq: 0, t: first ?? t, value: true }]
    changed.set(hash, track)
    since.delete(hash)
    track.push({ seq: 0, t, value })
  }
  /** Whether the block is canonical at `t`, and since when; undefined before it was told. */
  const stateOf = (hash: string, t: number) => {
    const first = since.get(hash)
    if (first === undefined) return changeAt(changed.get(hash), t)
    return first <= t ? { t: first, value: true } : undefined
  }
  /** The heights from there to the top: of a stream that leaps by trillions those that have a block. */
  const from = (lowest: number): Iterable<number> => {
    const count = Math.max(0, top - lowest + 1)
    if (count > canonical.size) return [...canonical.keys()].filter((number) => number >= lowest)
    return Array.from({ length: count }, (_, index) => lowest + index)
  }
  const headAt = (t: number) => changeAt(heads, t)?.value ?? null
  return {
    heads,
    add(block, t) {
      for (const number of from(block.number)) {
        const hash = canonical.get(number)
        if (hash === undefined || hash === block.hash) continue
        change(hash, false, t)
        canonical.delete(number)
      }
      if (canonical.get(block.number) !== block.hash) change(block.hash, true, t)
      canonical.set(block.number, block.hash)
      heights.add(block.number)
      top = block.number
      heads.push({ seq: 0, t, value: block })
    },
    stateAt({ number, hash }, t) {
      const state = stateOf(hash, t)
      if (state !== undefined) return state.value ? 'canonical' : 'orphaned'
      const head = headAt(t)
      return head === null || number > head.number || !heights.has(number) ? 'unknown' : 'never'
    },
    orphanedSince(hash, t) {
      const state = stateOf(hash, t)
      return state === undefined || state.value ? null : state.t
    },
    headAt,
  }
}
