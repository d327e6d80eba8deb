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
  /** Whether each block was canonical, from when. */
  const states = new Map<string, Track<boolean>>()
  let top = -1
  const set = (hash: string, value: boolean, t: number) => {
    const track = states.get(hash) ?? []
    states.set(hash, track)
    track.push({ seq: 0, t, value })
  }
  const headAt = (t: number) => changeAt(heads, t)?.value ?? null
  return {
    heads,
    add(block, t) {
      for (let number = block.number; number <= top; number++) {
        const hash = canonical.get(number)
        if (hash === undefined || hash === block.hash) continue
        set(hash, false, t)
        canonical.delete(number)
      }
      if (canonical.get(block.number) !== block.hash) set(block.hash, true, t)
      canonical.set(block.number, block.hash)
      heights.add(block.number)
      top = block.number
      heads.push({ seq: 0, t, value: block })
    },
    stateAt({ number, hash }, t) {
      const change = changeAt(states.get(hash), t)
      if (change !== undefined) return change.value ? 'canonical' : 'orphaned'
      const head = headAt(t)
      return head === null || number > head.number || !heights.has(number) ? 'unknown' : 'never'
    },
    orphanedSince(hash, t) {
      const change = changeAt(states.get(hash), t)
      return change === undefined || change.value ? null : change.t
    },
    headAt,
  }
}
