import { errorText } from '../concurrency/error-text.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { FollowIdentityError } from './identity.ts'
import { initialPace, nextPoll, type PaceLimits, type PollOutcome } from './poll-pace.ts'
import type { FollowRecord } from './record.ts'

export interface PollLoopOptions {
  readonly poll: (signal: AbortSignal) => Promise<PollOutcome>
  readonly record: FollowRecord
  readonly limits: PaceLimits
  readonly clock: Clock
  readonly random: Random
}

/**
 * Polls one source, one request at a time, until the signal aborts. A poll that hangs delays nobody: each period that
 * passes with it is counted. Rejects only with a FollowIdentityError.
 */
export async function runPolls(options: PollLoopOptions, signal: AbortSignal): Promise<void> {
  const { poll, record, limits, clock, random } = options
  let pace = initialPace
  while (!signal.aborted) {
    record.observeLag()
    const beganMs = clock.nowMs()
    const polling = poll(signal).catch((error: unknown): PollOutcome => {
      if (error instanceof FollowIdentityError) throw error
      if (!signal.aborted) record.failed('error_engine', errorText(error))
      return 'failed'
    })
    const outcome = await whileWaiting(polling, options, signal)
    if (outcome === null) break
    const jitter = random.bytes(1)[0]! / 256
    const next = nextPoll(pace, { outcome, beganMs, endedMs: clock.nowMs() }, limits, jitter)
    pace = next.pace
    await clock.sleep(next.atMs - clock.nowMs(), signal).catch(() => {})
  }
}

/** One for all: its trace would cost as much as the poll. */
const over = new Error('the poll has ended')

/** The poll's outcome; counts the periods that it takes. Null when the signal aborts. */
async function whileWaiting(
  polling: Promise<PollOutcome>,
  { record, limits, clock }: PollLoopOptions,
  signal: AbortSignal,
): Promise<PollOutcome | null> {
  const ended = new AbortController()
  const until = AbortSignal.any([ended.signal, signal])
  const count = async (): Promise<null> => {
    while (!until.aborted) {
      await clock.sleep(limits.periodMs, until).catch(() => {})
      if (until.aborted) break
      record.skipped()
      record.observeLag()
    }
    return null
  }
  try {
    return await Promise.race([polling, count()])
  } finally {
    ended.abort(over)
    // An abort of the node is not a failure of the poll.
    polling.catch(() => {})
  }
}
