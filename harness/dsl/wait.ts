import type { Clock } from '../../node/ports/clock.ts'
import type { EventStream } from '../events/stream.ts'
import { formatMs } from '../report/node-table.ts'
import type { StatusStream } from '../world/status-stream.ts'
import { type FailureKind, type FailureSetting, ScenarioFailure } from './failure.ts'
import type { WaitLimits } from './limits.ts'

/** What a wait found when it looked. */
export type Look<T> =
  | { readonly done: true; readonly value: T }
  | {
      readonly done: false
      readonly found: string
      /** Changes exactly when there is progress. Default: `found`. */
      readonly progress?: string
      /** Who keeps the wait from its end, and where it is: `follower at 0`. Of several nodes, the one that lags. */
      readonly lagging?: string
      /** Why it cannot come true any more, and what stands there instead: the wait fails at once. */
      readonly never?: string
      /** Unix time in milliseconds at which to look again although nothing rang. */
      readonly againMs?: number
    }

export interface WaitOptions<T> {
  /** One line, for the timeline and the failure: "follower: localSafe reaches 3". */
  readonly what: string
  readonly expected: string
  readonly limits: WaitLimits
  /** Looked at again after each observation of these. */
  readonly streams: readonly Pick<StatusStream, 'subscribe'>[]
  /** Errors are remembered for the failure and count as "not yet". */
  readonly look: (signal: AbortSignal) => Look<T> | Promise<Look<T>>
}

/** What all waits of a scenario share. */
export interface WaitContext {
  readonly clock: Clock
  readonly events: Pick<EventStream, 'record'>
  /** How often to look when there is no stream to wait for. */
  readonly pollMs: number
  /** Aborts when the run has failed for a reason outside this wait. */
  readonly failed: AbortSignal
  /** The failure that `failed` stands for. */
  readonly failure: () => ScenarioFailure
  /** Numbers the waits. */
  readonly nextId: () => number
  /** The parts of a failure that do not depend on the wait. */
  readonly describe: (about?: string) => FailureSetting
}

/**
 * Waits until `look` is done.
 * @throws ScenarioFailure when nothing moves for the stall limit, when the total limit is over, when it can never be done, or
 * when the run fails.
 */
export async function wait<T>(context: WaitContext, options: WaitOptions<T>): Promise<T> {
  const callSite = new Error()
  const { clock, events, failed } = context
  const { what, limits } = options
  const id = context.nextId()
  const startMs = clock.nowMs()
  let progressMs = startMs
  let progress: string | undefined
  let found = 'nothing yet'
  let lagging: string | undefined
  let againMs: number | undefined
  let lastError: { readonly message: string; readonly atMs: number } | undefined

  const record = (action: 'start' | 'end' | 'fail') =>
    events.record({
      kind: 'wait',
      id,
      what,
      action,
      ...(action === 'start' ? {} : { durationMs: clock.nowMs() - startMs }),
    })
  const fail = (kind: FailureKind, limit: string): ScenarioFailure => {
    const now = clock.nowMs()
    return new ScenarioFailure(
      {
        kind,
        what: `${what}: ${limit}`,
        expected: options.expected,
        found,
        notes: [
          kind === 'impossible'
            ? `waited ${formatMs(now - startMs)}`
            : `waited ${formatMs(now - startMs)} of at most ${formatMs(limits.totalMs)}; ${lagging === undefined ? 'no progress' : lagging} for ${formatMs(now - progressMs)} of at most ${formatMs(limits.stallMs)}`,
          ...(lastError === undefined
            ? []
            : [`last error ${formatMs(now - lastError.atMs)} ago: ${lastError.message}`]),
        ],
        ...context.describe(what),
      },
      callSite,
    )
  }

  record('start')
  const bell = createBell(options.streams)
  try {
    for (;;) {
      if (failed.aborted) throw context.failure()
      bell.reset()
      try {
        const look = await options.look(failed)
        if (look.done) {
          record('end')
          return look.value
        }
        found = look.never ?? look.found
        if (look.never !== undefined) throw fail('impossible', 'it cannot come true any more')
        lagging = look.lagging
        againMs = look.againMs
        const now = look.progress ?? look.found
        if (now !== progress) {
          progress = now
          progressMs = clock.nowMs()
        }
      } catch (error) {
        if (error instanceof ScenarioFailure) throw error
        lastError = { message: error instanceof Error ? error.message : String(error), atMs: clock.nowMs() }
      }
      const now = clock.nowMs()
      const stallInMs = progressMs + limits.stallMs - now
      const totalInMs = startMs + limits.totalMs - now
      if (stallInMs <= 0) throw fail('stalled', 'no progress')
      if (totalInMs <= 0) throw fail('late', 'too slow')
      const pollMs = options.streams.length === 0 ? context.pollMs : Number.POSITIVE_INFINITY
      const againInMs = againMs === undefined ? pollMs : Math.max(0, againMs - now)
      await bell.ringOrSleep(clock, Math.min(stallInMs, totalInMs, againInMs), failed)
    }
  } catch (error) {
    record('fail')
    throw error
  } finally {
    bell.close()
  }
}

/** One for all: a reason is made with a trace, and a wait is rung with every look at a node. */
const rang = new Error('something is new')

/** Rings when any of the streams has something new, also while nobody listens. */
function createBell(streams: readonly Pick<StatusStream, 'subscribe'>[]) {
  let rung = new AbortController()
  const ends = streams.map((stream) => stream.subscribe(() => rung.abort(rang)))
  return {
    reset() {
      if (rung.signal.aborted) rung = new AbortController()
    },
    async ringOrSleep(clock: Clock, ms: number, failed: AbortSignal): Promise<void> {
      await clock.sleep(ms, AbortSignal.any([rung.signal, failed])).catch(() => {})
    },
    close() {
      for (const end of ends) end()
    },
  }
}
