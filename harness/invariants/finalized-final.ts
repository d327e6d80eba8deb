import { isZeroHash } from '../events/l2-blocks.ts'
import { type Evidence, type Finding, type Invariant, type InvariantContext, shortHash } from './invariant.ts'

interface Finalized {
  readonly number: number
  readonly hash: string
}

/**
 * Finalized never goes back and never changes to a different block at the same height; the new finalized block descends
 * from the old one: in what a node publishes, and in what it tells its engine. A node that was started again has it from
 * its execution engine; only when that one was started again too, or denies what it has, may neither know it yet. An engine that lost all takes it
 * back: what was finalized is derived again.
 */
export function finalizedFinal(): Invariant {
  const published = createWatch('finalized')
  const told = createWatch('finalized of a forkchoice update')
  /** What the engine was told last and has not said to have: a node that is started again cannot read it there. */
  let untaken: string | null = null
  return {
    name: 'finalized-final',
    rule: 'finalized never goes back and never changes to another block',
    judge(evidence, context) {
      const now = finalizedOf(evidence, context)
      if (now === null) return 'not-judged'
      if (evidence.kind === 'status') return published(now, context, now.hash === untaken ? 'perhaps' : 'yes')
      // An engine that only syncs to a head takes no label over, nor does one that refuses the forkchoice (execution-apis,
      // paris.md, "engine_forkchoiceUpdatedV1", 6); one whose answer was lost may have.
      const { status, outcome } = evidence.event
      untaken = status === 'VALID' ? null : now.hash
      if (outcome === 'rpc_-38002') return told(now, context, 'refused')
      if (status === undefined) return told(now, context, 'perhaps')
      return told(now, context, status === 'VALID' ? 'yes' : 'no')
    },
  }
}

function finalizedOf(evidence: Evidence, { blocks }: InvariantContext): Finalized | null {
  switch (evidence.kind) {
    case 'status': {
      const { hash, number } = evidence.observation.status.finalizedL2
      return isZeroHash(hash) ? null : { hash, number: Number(number) }
    }
    case 'forkchoice': {
      const hash = evidence.event.heads.finalized
      const number = blocks.numberOf(hash)
      return isZeroHash(hash) || number === undefined ? null : { hash, number }
    }
  }
}

/**
 * Judges each against the last one that was taken. What perhaps was is known to the node alone: one that was started again
 * has it only if the engine has. Whom the engine refuses reads from it what it has, and that is what was confirmed. What a
 * start takes back is all that the node knows from then on: it is not owed again because an engine that syncs took nothing.
 */
function createWatch(
  what: string,
): (now: Finalized, context: InvariantContext, taken: 'yes' | 'perhaps' | 'no' | 'refused') => Finding {
  let last: Finalized | null = null
  let confirmed: Finalized | null = null
  let starts = 0
  /** Losses of the engine that finality went back for. It may still be told for a while after one. */
  let excused = 0
  let denials = 0
  return (now, context, taken) => {
    const restarted = context.starts !== starts
    starts = context.starts
    if (restarted) last = confirmed ?? last
    const before = last
    const isDenied = context.engineDenials > denials
    denials = context.engineDenials
    const isTaken = taken === 'yes' || taken === 'perhaps'
    if (isTaken) last = now
    if (taken === 'yes') confirmed = now
    if (taken === 'refused') last = confirmed
    if (before === null || before.hash === now.hash) return 'holds'
    if (now.number === before.number)
      return { violated: `${what} changed from ${format(before)} to ${format(now)} at the same height` }
    if (now.number < before.number && context.engineWipes > excused) {
      if (isTaken) excused = context.engineWipes
      return 'holds'
    }
    if (now.number < before.number) {
      if (!restarted || (context.engineStarts === 1 && !isDenied))
        return { violated: `${what} went back from ${format(before)} to ${format(now)}` }
      last = now
      confirmed = now
      return 'holds'
    }
    return context.blocks.ancestry(before.hash, now.hash) === 'no'
      ? { violated: `${what} went from ${format(before)} to ${format(now)}, which does not descend from it` }
      : 'holds'
  }
}

function format({ number, hash }: Finalized): string {
  return `${number}:${shortHash(hash)}`
}
