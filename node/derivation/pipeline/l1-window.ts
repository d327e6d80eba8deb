import type { L1BlockRef, L2BlockRef } from '../../protocol/refs.ts'

/**
 * The L1 blocks that batches are judged against: consecutive, from the epoch of the safe head (or the one after it, when
 * all of its blocks are known to be empty) to the pipeline's origin. Up to the safe head's epoch that is a channel
 * timeout at most, past it a sequencing window, because an expired window makes empty batches that move it on.
 * Source: specs/protocol/derivation.md, "Batch Queue".
 */
export interface L1Window {
  readonly blocks: readonly L1BlockRef[]
  /** Starts over with the block that traversal starts at. */
  reset(base: L1BlockRef): void
  /** Takes in the pipeline's origin, and forgets what lies before the safe head's epoch. */
  update(origin: L1BlockRef, safeHead: L2BlockRef): void
  /** The first epoch has all its blocks: go on to the next. */
  dropFirst(): void
}

/** True while traversal, after a reset, reads blocks before the safe head's origin: batches from there are not new. */
export function isBehind(origin: L1BlockRef, safeHead: L2BlockRef): boolean {
  return origin.number < safeHead.l1Origin.number
}

/** True when the window fits the safe head: its first block is the head's origin or follows it. */
export function windowFits(blocks: readonly L1BlockRef[], safeHead: L2BlockRef): boolean {
  const first = blocks[0]
  if (first === undefined) return false
  return first.number === safeHead.l1Origin.number
    ? first.hash === safeHead.l1Origin.hash
    : first.number === safeHead.l1Origin.number + 1n
}

export function createL1Window(): L1Window {
  let blocks: L1BlockRef[] = []
  let seen: L1BlockRef | undefined
  return {
    get blocks() {
      return blocks
    },
    reset(base) {
      blocks = [base]
      seen = base
    },
    update(origin, safeHead) {
      if (seen?.hash !== origin.hash) {
        seen = origin
        blocks.push(origin)
      }
      const first = blocks[0]
      if (first === undefined || safeHead.l1Origin.number <= first.number) return
      const index = Number(safeHead.l1Origin.number - first.number)
      if (index < blocks.length) blocks = blocks.slice(index)
    },
    dropFirst() {
      blocks = blocks.slice(1)
    },
  }
}
