import type { L1Source } from '../ports/l1-source.ts'
import type { BlockId } from '../protocol/refs.ts'

/** What own L1 says about a block, by number → hash. One that L1 does not have yet proves nothing. */
export type OriginStatus = 'canonical' | 'orphaned' | 'not-there-yet'

export type OriginCheck = (id: BlockId) => Promise<OriginStatus>

/** Asks own L1 for each number at most once; made anew for every walk, so that it holds no stale answer. */
export function createOriginCheck(l1: L1Source, signal?: AbortSignal): OriginCheck {
  const hashes = new Map<bigint, string | null>()
  return async ({ number, hash }) => {
    let canonical = hashes.get(number)
    if (canonical === undefined) {
      canonical = (await l1.headerByNumber(number, signal))?.hash ?? null
      hashes.set(number, canonical)
    }
    if (canonical === null) return 'not-there-yet'
    return canonical === hash ? 'canonical' : 'orphaned'
  }
}
