import { failedOutcome } from '../../../node/json-rpc/client.ts'
import { rateLimitOf } from '../../../node/json-rpc/rate-limit.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import type { Fact } from '../../events/event.ts'

/** Longer waits miss what an endpoint shows first when it is back. A server that limits the rate is waited for as long as it says. */
const backOffMsMax = 2_000
const retryAfterMsMax = 60_000
/** How often the recorder tells what it asked: its own load is in the recording. */
const loadMs = 60_000

export interface PollLoopOptions {
  readonly name: string
  readonly periodMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly record: (fact: Fact) => void
  /** Asks once. What it throws means that the endpoint was away. Returns how many calls it made. */
  readonly poll: (signal: AbortSignal) => Promise<number>
}

/**
 * Asks one endpoint again and again, one poll at a time, the next one a period after the last began; slower and slower
 * while it fails, and as slow as it asks for when it limits the rate.
 */
export async function pollLoop(options: PollLoopOptions): Promise<void> {
  const { name, periodMs, clock, signal, record, poll } = options
  let away: { readonly fromMs: number; readonly reason: string } | null = null
  let waitMs = periodMs
  let load = { sinceMs: clock.nowMs(), polls: 0, calls: 0, failed: 0 }

  function tellLoad(): void {
    const seconds = Math.round((clock.nowMs() - load.sinceMs) / 1000)
    record({
      ...{ kind: 'note', component: 'recorder' },
      message: `asked ${name} ${load.calls} times in ${load.polls} polls of ${seconds} s, ${load.failed} failed`,
    })
    load = { sinceMs: clock.nowMs(), polls: 0, calls: 0, failed: 0 }
  }
  function tellGap(): void {
    if (away !== null) record({ kind: 'gap', component: name, from: away.fromMs, reason: away.reason })
    away = null
  }

  while (!signal.aborted) {
    const startedMs = clock.nowMs()
    load.polls++
    try {
      load.calls += await poll(signal)
      tellGap()
      waitMs = periodMs
    } catch (error) {
      if (signal.aborted) break
      load.failed++
      const reason = `${failedOutcome(error)}: ${error instanceof Error ? error.message : String(error)}`
      if (away === null) {
        away = { fromMs: startedMs, reason }
        record({
          ...{ kind: 'rpc', link: `recorder→${name}`, methods: [] },
          ...{ outcome: failedOutcome(error), durationMs: Math.max(0, clock.nowMs() - startedMs) },
        })
      }
      waitMs = Math.max(
        Math.min(waitMs * 2, Math.max(periodMs, backOffMsMax)),
        Math.min(rateLimitOf(error)?.retryAfterMs ?? 0, retryAfterMsMax),
      )
    }
    if (clock.nowMs() - load.sinceMs >= loadMs) tellLoad()
    await clock.sleep(Math.max(0, startedMs + waitMs - clock.nowMs()), signal).catch(() => {})
  }
  tellGap()
  tellLoad()
}
