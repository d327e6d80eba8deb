import { formatRef } from '../../node/protocol/refs.ts'
import type { Invariant } from './invariant.ts'

/** What a following node publishes as safe, finalized or `currentL1` is never ahead of what its source told it. */
export function withinSource(): Invariant {
  return {
    name: 'within-source',
    rule: 'a following node publishes nothing as safe, finalized or currentL1 that its source did not report',
    check({ status }, { source }) {
      if (source === null) return null
      const { name, reports } = source
      const claims = [
        { what: 'localSafe', ref: status.localSafeL2, max: reports.localSafe },
        { what: 'crossSafe', ref: status.safeL2, max: reports.crossSafe },
        { what: 'finalized', ref: status.finalizedL2, max: reports.finalized },
        { what: 'currentL1', ref: status.currentL1, max: reports.currentL1 },
      ]
      const ahead = claims.find(({ ref, max }) => ref.number > max)
      return ahead === undefined
        ? null
        : `${ahead.what} ${formatRef(ahead.ref)} is ahead of everything that ${name} reported (${ahead.max})`
    },
  }
}
