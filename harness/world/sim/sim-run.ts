import { relative } from 'node:path'
import type { Random } from '../../../node/ports/random.ts'
import { createEventStream, type EventStream } from '../../events/stream.ts'
import { createRandomStreams } from '../random-streams.ts'
import type { WorldEnd, WorldOptions } from '../world.ts'
import { createGuard, type Guard, outside } from './guard.ts'
import { keepFailedRun, keepTimeline } from './kept-timeline.ts'
import { createVirtualClock, type ScheduleStep, type VirtualClock } from './virtual-clock.ts'

export interface SimRunOptions
  extends Pick<WorldOptions, 'name' | 'signal' | 'onEvent' | 'onArtefacts' | 'keepFailed'> {
  /** Unix time in milliseconds. */
  readonly startMs: number
  readonly seed: string
  /** Where its timeline is kept; null: nowhere. */
  readonly directory: string | null
  /** Called with each step of the schedule. */
  readonly onStep?: (step: ScheduleStep) => void
}

/** What everything in a simulated world lives in: one clock, one record of events, one source of chance, one end. */
export interface SimRun {
  readonly clock: VirtualClock
  readonly events: EventStream
  readonly random: (stream: string) => Random
  readonly guard: Guard
  /** Where the timeline will be, or how else to see this run again. */
  readonly artefacts: string
  /** Aborted when the run has failed or ends. */
  readonly failed: AbortSignal
  fail(reason: unknown): void
  /** What stopping undoes, the last first. */
  readonly teardown: AsyncDisposableStack
  /** Undoes everything and writes the timeline. A second call waits for the first. */
  stop(end?: WorldEnd): Promise<void>
}

/** Time passes from here on, whenever nothing else can. */
export function startSimRun(options: SimRunOptions): SimRun {
  const { startMs, seed, signal, onEvent, directory } = options
  const clock = createVirtualClock({ startMs })
  if (options.onStep !== undefined) clock.trace(options.onStep)
  const events = createEventStream(clock)
  if (onEvent !== undefined) events.subscribe((event) => outside(() => onEvent(event)))
  const timeline = outside(() => {
    if (directory !== null) return keepTimeline(events, directory, `${options.name}-${seed}`)
    return options.keepFailed === true ? keepFailedRun(events, options.name) : null
  })
  if (timeline !== null && directory !== null) options.onArtefacts?.(timeline.directory)

  const failure = new AbortController()
  const fail = (reason: unknown) => failure.abort(reason)
  const guard = createGuard(fail)
  const onAbort = () => fail(signal?.reason)
  if (signal?.aborted === true) onAbort()
  signal?.addEventListener('abort', onAbort, { once: true })

  const teardown = new AsyncDisposableStack()
  const ended = Promise.withResolvers<void>()
  const pumping = clock.runUntil(ended.promise).catch((error: unknown) => {
    fail(error)
    return 'stuck' as const
  })

  async function end(how: WorldEnd): Promise<void> {
    events.record({ kind: 'teardown' })
    if (!failure.signal.aborted) fail(new Error('the world was stopped'))
    // Where time stands still for good nothing can be stopped, and there is nothing outside this process.
    await Promise.race([teardown.disposeAsync(), pumping])
    events.record({ kind: 'end', ...how, durationMs: clock.nowMs() - startMs })
    events.end()
    ended.resolve()
    await pumping
    guard.end()
    outside(() => {
      if (timeline?.write(how) === true && directory === null) options.onArtefacts?.(timeline.directory)
    })
    signal?.removeEventListener('abort', onAbort)
  }

  let ending: Promise<void> | null = null
  return {
    ...{ clock, events, guard, fail, teardown },
    random: createRandomStreams(seed),
    artefacts:
      timeline === null
        ? `seed ${seed} of the simulated world`
        : relative(process.cwd(), timeline.directory) || '.',
    failed: failure.signal,
    stop(how = { outcome: 'stopped' }) {
      ending ??= end(how)
      return ending
    },
  }
}
