import { formatRef, isZeroRef } from '../../node/protocol/refs.ts'
import type { ChainParameters } from '../genesis/chain-parameters.ts'
import { headOf, levels } from '../world/levels.ts'
import type { Invariant } from './invariant.ts'

/** How long a head may keep an origin that an L1 reorg has orphaned. */
export interface OriginGrace {
  /** Safe heads: the deriving node sees the new L1 block and resets, the followers poll it. */
  readonly safeMs: number
  /** The unsafe head of a follower goes only when its source's safe chain reaches that height on the new fork. */
  readonly unsafeMs: number
}

/** A machine that is busy with other work may stop for this long without anything being wrong. */
const machineMs = 10_000

export function originGrace(parameters: ChainParameters): OriginGrace {
  const l1Ms = parameters.l1BlockTime * 1000
  const safeMs = machineMs + 3 * l1Ms
  // A new batch on the new fork: sequencer confirmations, channel, inclusion, derivation, under load.
  return { safeMs, unsafeMs: safeMs + 15 * l1Ms }
}

/** Every head's L1 origin is canonical on L1, except within one detection period after an L1 reorg. */
export function originsCanonical(grace: OriginGrace): Invariant {
  return {
    name: 'origins-canonical',
    rule: 'the L1 origin of every head is on the canonical L1, but for a while after a reorg',
    judge(evidence, { l1, doubts, engineDoubts }) {
      if (evidence.kind !== 'status') return 'not-judged'
      const { status, askedMs, node } = evidence.observation
      let judged = false
      for (const level of levels) {
        const head = headOf(status, level)
        const origin = head.l1Origin
        if (isZeroRef(head)) continue
        judged = true
        if (l1.isCanonical(origin)) continue
        const orphanedMs = l1.orphanedMs(origin.hash)
        const where = `${level} ${formatRef(head)} has the L1 origin ${formatRef(origin)}`
        if (orphanedMs === undefined) return { violated: `${where}, which was never on L1` }
        const graceMs = level === 'unsafe' ? grace.unsafeMs : grace.safeMs
        // The unsafe head may come from a sequencer whose L1 was in doubt, or whose engine was away.
        const whose = level === 'unsafe' ? undefined : node
        const sinceMs = Math.max(orphanedMs, doubts.untilMs(whose), engineDoubts.untilMs(whose))
        if (askedMs - sinceMs > graceMs)
          return {
            violated: `${where}, which a reorg orphaned ${askedMs - orphanedMs} ms ago (at most ${graceMs})`,
          }
      }
      return judged ? 'holds' : 'not-judged'
    },
  }
}
