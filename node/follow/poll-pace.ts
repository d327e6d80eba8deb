/** How a poll went, as far as the next one depends on it. */
export type PollOutcome =
  /** The source's local-safe is another than at the poll before. */
  | 'moved'
  | 'same'
  /** The source is ahead of what was applied, and asking again helps. */
  | 'behind'
  /** Nothing was learnt. */
  | 'failed'

/** Times of one source's polls. All in milliseconds of the Clock. */
export interface PollPace {
  /** When the last poll that saw the source's heads began; null before the first. */
  readonly seenMs: number | null
  /** When local-safe was last seen to move; null before that. */
  readonly movedMs: number | null
  /** The moment in every block time (0 to below it) in which the heads usually move; null until it is known. */
  readonly phaseMs: number | null
  /** Polls since the last one that was aimed at that moment. */
  readonly sinceAim: number
  /** Polls in a row after which the source was still ahead. */
  readonly eager: number
}

export const initialPace: PollPace = { seenMs: null, movedMs: null, phaseMs: null, sinceAim: 0, eager: 0 }

export interface PaceLimits {
  readonly blockTimeMs: number
  /** The period while nothing is known of the phase. */
  readonly periodMs: number
}

/** A poll that has ended. Times in milliseconds. */
export interface FinishedPoll {
  readonly outcome: PollOutcome
  readonly beganMs: number
  readonly endedMs: number
}

/** Never faster than that. Source: follow-mode.md, step 1. */
export const pollGapMsMin = 100
/** After so many block times without news, one look at each block's moment is enough. */
const quietBlocks = 4
/** How much of the doubt about the phase one sighting takes away. */
const pull = 1 / 8

/**
 * Learns the phase from one poll. The heads moved at some moment after the poll before began and before this one ended:
 * a phase outside that span is replaced by its middle, one in its later half is pulled towards the middle. So polls creep
 * up on the moment from behind, and fall back when they come before it.
 */
export function learnPhase(
  phaseMs: number | null,
  span: { readonly fromMs: number; readonly toMs: number },
  blockTimeMs: number,
): number | null {
  const length = span.toMs - span.fromMs
  if (length <= 0 || length >= blockTimeMs) return phaseMs
  const modulo = (ms: number) => ((ms % blockTimeMs) + blockTimeMs) % blockTimeMs
  if (phaseMs === null) return modulo(span.fromMs + length / 2)
  const offset = modulo(phaseMs - span.fromMs)
  if (offset === 0 || offset > length) return modulo(span.fromMs + length / 2)
  return modulo(phaseMs - Math.max(0, offset - length / 2) * pull)
}

/**
 * When to poll next: follow-mode.md, step 1. Aimed at the moment after which the heads usually move, a few times
 * more within half a block when they had not; while nothing is known of that moment, with the period, and with
 * up to one block time while nothing changes.
 * @param jitter from 0 to below 1, so that followers of one source do not ask in step.
 */
export function nextPoll(
  pace: PollPace,
  poll: FinishedPoll,
  limits: PaceLimits,
  jitter: number,
): { readonly pace: PollPace; readonly atMs: number } {
  const { pace: next, atMs } = plan(pace, poll, limits, jitter)
  return { pace: next, atMs: Math.ceil(atMs) }
}

function plan(
  pace: PollPace,
  { outcome, beganMs, endedMs }: FinishedPoll,
  { blockTimeMs, periodMs }: PaceLimits,
  jitter: number,
): { readonly pace: PollPace; readonly atMs: number } {
  const earliest = Math.max(beganMs + pollGapMsMin, endedMs)
  const phaseMs =
    outcome === 'moved' && pace.seenMs !== null
      ? learnPhase(pace.phaseMs, { fromMs: pace.seenMs, toMs: beganMs }, blockTimeMs)
      : pace.phaseMs
  const next: PollPace = {
    seenMs: outcome === 'failed' ? pace.seenMs : beganMs,
    movedMs: outcome === 'moved' ? endedMs : pace.movedMs,
    phaseMs,
    sinceAim: outcome === 'moved' ? 0 : pace.sinceAim + 1,
    eager: outcome === 'behind' ? pace.eager + 1 : 0,
  }
  const period = periodMs * (0.9 + jitter * 0.2)
  if (outcome === 'failed') return { pace: next, atMs: Math.max(earliest, endedMs + period) }
  if (outcome === 'behind')
    return {
      pace: next,
      atMs: Math.max(earliest, endedMs + Math.min(periodMs, pollGapMsMin * 2 ** pace.eager)),
    }

  const isQuiet = endedMs - (next.movedMs ?? Number.NEGATIVE_INFINITY) > quietBlocks * blockTimeMs
  if (phaseMs === null || periodMs > blockTimeMs)
    return {
      pace: next,
      atMs: Math.max(earliest, endedMs + (isQuiet ? Math.max(period, blockTimeMs) : period)),
    }

  const spread = jitter * (blockTimeMs / 50)
  const aimed = firstAtPhase(earliest, phaseMs, blockTimeMs)
  // The poll at the moment found nothing: it may have come a little too early, or the source be late this time.
  const isSlow = isQuiet || periodMs > blockTimeMs / 2
  const looks = isSlow ? [pollGapMsMin] : [pollGapMsMin, blockTimeMs / 4, blockTimeMs / 2]
  const after = looks[next.sinceAim - 1]
  const again = after === undefined ? aimed : Math.max(earliest, aimed - blockTimeMs + after)
  if (again < aimed) return { pace: next, atMs: again + spread }
  return { pace: { ...next, sinceAim: 0 }, atMs: aimed + spread }
}

/** The first moment from `fromMs` on that lies at that phase of a block time. */
function firstAtPhase(fromMs: number, phaseMs: number, blockTimeMs: number): number {
  const before = Math.floor((fromMs - phaseMs) / blockTimeMs) * blockTimeMs + phaseMs
  return before >= fromMs ? before : before + blockTimeMs
}
