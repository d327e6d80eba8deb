import { formatRef, type L2BlockRef, sameBlock } from '../protocol/refs.ts'

/**
 * A hash stands for one block: what a source says of one that we know is what we know of it, or the source is wrong about its
 * time or its origin, and would have us publish that. Source: follow-mode.md, step 4.
 * @returns what speaks against the blocks that were told; null when nothing does.
 */
export function misdescribed(told: readonly L2BlockRef[], known: readonly L2BlockRef[]): string | null {
  for (const one of told) {
    const ours = known.find((block) => sameBlock(block, one))
    if (ours !== undefined && !sameRef(ours, one))
      return `the follow source says of ${formatRef(one)} that its L1 origin is ${formatRef(one.l1Origin)} and its time ${one.timestamp}: expected ${formatRef(ours.l1Origin)} and ${ours.timestamp}`
  }
  return null
}

const sameRef = (a: L2BlockRef, b: L2BlockRef): boolean =>
  a.timestamp === b.timestamp && sameBlock(a.l1Origin, b.l1Origin)
