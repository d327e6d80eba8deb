import { isZeroHash } from '../events/l2-blocks.ts'
import { type Invariant, shortHash } from './invariant.ts'

/**
 * A following node tells its engine of no safe or finalized block but those of a status that follow mode accepts (or their
 * ancestors): source data never reaches the engine before steps 4 and 5 of follow-mode.md passed.
 */
export function safeFromSource(): Invariant {
  return {
    name: 'safe-from-source',
    rule: 'a following node makes nothing safe or finalized in its engine but what an accepted status of its source says',
    judge(evidence, { source, blocks }) {
      if (source === null || evidence.kind !== 'forkchoice') return 'not-judged'
      const { heads, method } = evidence.event
      let judged = false
      for (const what of ['safe', 'finalized'] as const) {
        const hash = heads[what]
        if (isZeroHash(hash)) continue
        const number = blocks.numberOf(hash)
        const reported = source.has('accepted', { number: number ?? Number.POSITIVE_INFINITY, hash })
        if (reported === 'not-reported')
          return {
            violated: `${method} makes ${number ?? 'block'}:${shortHash(hash)} ${what}, which no accepted status of ${source.source} says${source.lastRefusal === null ? '' : `; the last that is not acceptable: ${source.lastRefusal}`}`,
          }
        judged ||= reported === 'reported'
      }
      return judged ? 'holds' : 'not-judged'
    },
  }
}
