import type { Fact, WorldEvent } from './event.ts'
import type { L2Blocks } from './l2-blocks.ts'
import type { Mark } from './marks.ts'
import { consumerOf } from './traffic-role.ts'

/**
 * Tells from what passes between a follower, its source and its engine which case of follow-mode.md step 7 it took,
 * whatever client it is. Cases 2a and 2b move nothing, so that nothing of them passes.
 */
export interface FollowCases {
  /** The marks that this event completes. */
  add(event: WorldEvent): readonly Fact[]
}

interface Follower {
  /** Local-safe and safe blocks that its source told of lately, newest last. */
  readonly told: Set<string>
  /** Blocks that it gave to its engine itself: not adopted, but heard of or built. */
  readonly own: Set<string>
  unsafe: string | null
  safe: string | null
  last: Mark | null
  lastMs: number
}

const rememberedMax = 256
/** Labels move with every block: the same case again is told this often. */
const repeatMs = 10_000

/** `blocks` must have heard of an event before this does. */
export function createFollowCases(blocks: L2Blocks): FollowCases {
  const followers = new Map<string, Follower>()

  function take(follower: Follower, event: Extract<WorldEvent, { kind: 'engine' }>): Mark | null {
    const { block, heads, status } = event
    if (block !== undefined) remember(follower.own, block.hash)
    if (heads === undefined || (status !== 'VALID' && status !== 'SYNCING')) return null
    const before = { unsafe: follower.unsafe, safe: follower.safe }
    follower.unsafe = heads.unsafe
    follower.safe = heads.safe
    if (before.unsafe === null) return null
    if (heads.unsafe === before.unsafe)
      return heads.safe !== before.safe && follower.told.has(heads.safe) ? 'follow case 3' : null
    if (!follower.told.has(heads.unsafe)) return null
    const [from, to] = [blocks.numberOf(before.unsafe), blocks.numberOf(heads.unsafe)]
    if (from === undefined || to === undefined) return null
    if (to > from) return follower.own.has(heads.unsafe) ? null : 'follow case 1'
    // A head that goes back along its own chain is a reset.
    return blocks.ancestry(heads.unsafe, before.unsafe) === 'no' ? 'follow case 4' : null
  }

  return {
    add(event) {
      if (event.kind === 'source') {
        const follower = followers.get(event.follower) ?? newFollower()
        followers.set(event.follower, follower)
        if (event.heads !== undefined)
          for (const { hash } of [event.heads.localSafe, event.heads.crossSafe]) remember(follower.told, hash)
        return []
      }
      if (event.kind !== 'engine') return []
      const node = consumerOf(event.link)
      const follower = followers.get(node)
      const mark = follower === undefined ? null : take(follower, event)
      if (follower === undefined || mark === null) return []
      if (mark === follower.last && event.t - follower.lastMs < repeatMs && mark === 'follow case 3')
        return []
      follower.last = mark
      follower.lastMs = event.t
      return [{ kind: 'reach', mark, node }]
    },
  }
}

function newFollower(): Follower {
  return { told: new Set(), own: new Set(), unsafe: null, safe: null, last: null, lastMs: 0 }
}

/** Keeps the newest. */
function remember(set: Set<string>, hash: string): void {
  set.delete(hash)
  set.add(hash)
  if (set.size > rememberedMax) for (const oldest of set.values()) return void set.delete(oldest)
}
