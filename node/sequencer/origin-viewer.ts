import { l1BlockRef } from '../l1/l1-watcher.ts'
import type { L1Header, L1Source } from '../ports/l1-source.ts'
import { isZeroRef, type L1BlockRef, type L2BlockRef } from '../protocol/refs.ts'
import type { OriginView } from './origin-selection.ts'

/** Reads what origin selection must know. One answer holds for one L1 head and one origin; then L1 is asked again. */
export interface OriginViewer {
  /** @throws (temporary) when L1 cannot be asked. */
  view(head: L2BlockRef, l1Head: L1BlockRef, signal: AbortSignal): Promise<OriginView>
  /** Forgets the last answer. */
  clear(): void
}

export function createOriginViewer(l1: L1Source): OriginViewer {
  let cached: { readonly key: string; readonly view: OriginView } | null = null
  return {
    async view(head, l1Head, signal) {
      const origin = head.l1Origin
      const key = `${l1Head.hash} ${origin.hash}`
      if (cached?.key === key) return cached.view
      const [current, next] = await Promise.all([
        l1.headerByNumber(origin.number, signal),
        l1.headerByNumber(origin.number + 1n, signal),
      ])
      const view: OriginView = {
        l1Head,
        current: ref(current),
        currentKnownByHash: current !== null || (await l1.headerByHash(origin.hash, signal)) !== null,
        next: ref(next),
      }
      // An answer without a successor gets old before the watcher notices the next head.
      cached = isZeroRef(l1Head) || next === null ? null : { key, view }
      return view
    },
    clear() {
      cached = null
    },
  }
}

function ref(header: L1Header | null): L1BlockRef | null {
  return header === null ? null : l1BlockRef(header)
}
