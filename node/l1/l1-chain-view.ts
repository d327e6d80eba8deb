import type { L1BlockRef } from '../protocol/refs.ts'

/** The L1 that the watcher has seen: contiguous, ascending, the newest last. Never empty. */
export type L1ChainView = readonly L1BlockRef[]

/** How a new L1 head changed the view. */
export interface L1ChainChange {
  readonly head: L1BlockRef
  /** Blocks that are new to the view, ascending; contiguous with the common ancestor. */
  readonly added: readonly L1BlockRef[]
  /** Blocks that are no longer canonical, ascending. */
  readonly removed: readonly L1BlockRef[]
  /** True when the head could not be connected to the view, which starts anew from it: blocks in between are unseen. */
  readonly restarted: boolean
}

/** Blocks of L1 that the view keeps, and the longest gap that it fills block by block. */
export const l1ViewBlocksMax = 1024

/**
 * Connects a new head to the view by walking parent hashes, so that no block between two polls is missed.
 * A head that the view already has (an L1 node that lags behind its peers) changes nothing.
 * @param parentOf the parent of a block; throws when L1 cannot be asked or does not have it.
 */
export async function connectHead(
  view: L1ChainView,
  head: L1BlockRef,
  parentOf: (block: L1BlockRef) => Promise<L1BlockRef>,
): Promise<{ view: L1ChainView; change: L1ChainChange }> {
  const base = view[0]
  const restart = (removed: readonly L1BlockRef[]) => ({
    view: [head],
    change: { head, added: [head], removed, restarted: true },
  })
  if (base === undefined) return restart([])
  const at = (number: bigint): L1BlockRef | undefined =>
    number < base.number ? undefined : view[Number(number - base.number)]
  if (at(head.number)?.hash === head.hash)
    return { view, change: { head, added: [], removed: [], restarted: false } }

  const descending = [head]
  for (let block = head; at(block.number - 1n)?.hash !== block.parentHash; ) {
    if (block.number <= base.number || descending.length >= l1ViewBlocksMax)
      return restart(view.filter((old) => old.number >= block.number))
    block = await parentOf(block)
    descending.push(block)
  }
  const added = descending.toReversed()
  const keep = Number((added[0] as L1BlockRef).number - base.number)
  return {
    view: [...view.slice(0, keep), ...added].slice(-l1ViewBlocksMax),
    change: { head, added, removed: view.slice(keep), restarted: false },
  }
}
