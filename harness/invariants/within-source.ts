import { type BlockId, formatRef, isZeroRef } from '../../node/protocol/refs.ts'
import type { Invariant } from './invariant.ts'
import type { ReportedAs } from './source-reports.ts'

/**
 * What a following node publishes as safe or finalized is, by hash, a block that its source reported as that before, or an
 * ancestor of one: after a reset a node goes back to a block in between.
 */
export function withinSource(): Invariant {
  return {
    name: 'within-source',
    rule: 'a following node publishes nothing as safe or finalized that its source did not report, by hash',
    judge(evidence, { source }) {
      if (source === null || evidence.kind !== 'status') return 'not-judged'
      const { status } = evidence.observation
      const claims: readonly { readonly what: ReportedAs; readonly ref: BlockId }[] = [
        { what: 'localSafe', ref: status.localSafeL2 },
        { what: 'crossSafe', ref: status.safeL2 },
        { what: 'finalized', ref: status.finalizedL2 },
      ]
      let judged = false
      for (const { what, ref } of claims) {
        if (isZeroRef(ref)) continue
        const reported = source.has(what, { number: Number(ref.number), hash: ref.hash })
        if (reported === 'not-reported')
          return { violated: `${what} ${formatRef(ref)}, which ${source.source} never reported` }
        judged ||= reported === 'reported'
      }
      return judged ? 'holds' : 'not-judged'
    },
  }
}

/** What a following node publishes as `currentL1` is, by hash, what its source reported as that before. */
export function currentL1FromSource(): Invariant {
  return {
    name: 'current-l1-from-source',
    rule: 'a following node publishes no currentL1 that its source did not report, by hash',
    judge(evidence, { source }) {
      if (source === null || evidence.kind !== 'status') return 'not-judged'
      const { currentL1 } = evidence.observation.status
      if (isZeroRef(currentL1)) return 'not-judged'
      const reported = source.has('currentL1', { number: Number(currentL1.number), hash: currentL1.hash })
      return reported === 'reported'
        ? 'holds'
        : { violated: `currentL1 ${formatRef(currentL1)}, which ${source.source} never reported` }
    },
  }
}
