import type { L1Header } from '../ports/l1-source.ts'
import type { L1BlockRef } from '../protocol/refs.ts'

/** The L1 that the node believes in: contiguous, ascending, the newest last. Empty until L1 has told its head. */
export type L1ChainView = readonly L1Header[]

/** How a new L1 head changed the view. */
export interface L1ChainChange {
  readonly head: L1BlockRef
  /** Blocks that are new to the view, ascending; contiguous with the common ancestor. */
  readonly added: readonly L1BlockRef[]
  /** Blocks that are no longer canonical, ascending: the proven orphans. */
  readonly removed: readonly L1BlockRef[]
  /** True when the head could not be connected to the view, which starts anew: blocks in between are unseen. */
  readonly restarted: boolean
}

/** Blocks of L1 that the view keeps, and the longest gap that it fills block by block. */
export const l1ViewBlocksMax = 1024

/** The block of the view at that number; `above` its newest, `below` its oldest. An empty view is below everything. */
export function blockInView(view: L1ChainView, number: bigint): L1Header | 'above' | 'below' {
  const base = view[0]
  if (base === undefined) return 'above'
  if (number < base.number) return 'below'
  return view[Number(number - base.number)] ?? 'above'
}

/**
 * Connects a new head to the view by walking parent hashes, so that no block between two polls is missed.
 * A head that the view already has, or one below all of it (an L1 node that lags behind its peers), changes nothing.
 * @param parentOf the parent of a block; throws when L1 cannot be asked or does not have it.
 */
export async function connectHead(
  view: L1ChainView,
  head: L1Header,
  parentOf: (block: L1Header) => Promise<L1Header>,
): Promise<{ view: L1ChainView; change: L1ChainChange }> {
  const base = view[0]
  const tip = view.at(-1)
  if (base === undefined || tip === undefined || head.number - tip.number > l1ViewBlocksMax)
    return { view: [head], change: { head, added: [head], removed: [], restarted: true } }
  const has = (number: bigint, hash: string) => {
    const block = blockInView(view, number)
    return typeof block === 'object' && block.hash === hash
  }
  if (head.number < base.number || has(head.number, head.hash))
    return { view, change: { head, added: [], removed: [], restarted: false } }

  const descending = [head]
  let lowest = head
  let restarted = false
  while (!has(lowest.number - 1n, lowest.parentHash)) {
    restarted = lowest.number <= base.number || descending.length >= l1ViewBlocksMax
    if (restarted) break
    lowest = await parentOf(lowest)
    descending.push(lowest)
  }
  const added = descending.toReversed()
  const removed = view.filter((old) => old.number >= lowest.number)
  const kept = restarted ? [] : view.slice(0, view.length - removed.length)
  return {
    view: [...kept, ...added].slice(-l1ViewBlocksMax),
    change: { head, added, removed, restarted },
  }
}
