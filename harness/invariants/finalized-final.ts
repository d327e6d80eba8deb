import { formatRef, isZeroRef, type L2BlockRef } from '../../node/protocol/refs.ts'
import type { Invariant } from './invariant.ts'

/**
 * Finalized never goes back and never changes to a different block at the same height; the new finalized block descends
 * from the old one. A node that was started again has it from its execution engine; only when that one was started again
 * too may neither know it yet.
 */
export function finalizedFinal(): Invariant {
  let last: L2BlockRef | null = null
  let starts = 0
  return {
    name: 'finalized-final',
    rule: 'finalized never goes back and never changes to another block',
    async check({ status }, context) {
      const now = status.finalizedL2
      if (isZeroRef(now)) return null
      const before = last
      const restarted = context.starts !== starts
      starts = context.starts
      last = now
      if (before === null || before.hash === now.hash) return null
      if (now.number === before.number)
        return `finalized changed from ${formatRef(before)} to ${formatRef(now)} at the same height`
      if (now.number < before.number)
        return restarted && context.engineStarts > 1
          ? null
          : `finalized went back from ${formatRef(before)} to ${formatRef(now)}`
      const canonical = await context.canonicalHash(before.number)
      return canonical === null || canonical === before.hash
        ? null
        : `finalized went from ${formatRef(before)} to ${formatRef(now)}, on a chain that has ${canonical.slice(0, 10)}… at ${before.number}`
    },
  }
}
