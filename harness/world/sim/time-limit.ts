import type { Clock } from '../../../node/ports/clock.ts'

/** One call under a time limit. */
export interface Attempt {
  /** @throws why it was given up, once that is so. */
  throwIfOver(): void
  /** Aborts when it is given up; made for whoever asks for it, because few do. */
  readonly signal: AbortSignal
}

/** What `withDeadline` is, for calls that all have the same time: a world makes tens of thousands, and hardly any of them takes it. */
export interface TimeLimit {
  /**
   * Runs `work` for at most the limit's time. Ends on time even when `work` goes on.
   * @throws Error when time is up; the signal's reason when that aborts first; else what `work` throws.
   */
  run<T>(signal: AbortSignal | undefined, work: (attempt: Attempt) => Promise<T>): Promise<T>
}

interface Call extends Attempt {
  readonly untilMs: number
  giveUp(reason: unknown): void
}

/** One timer for all of its calls: that which began first is over first. */
export function createTimeLimit(clock: Clock, ms: number): TimeLimit {
  /** In the order in which they began. */
  const open = new Set<Call>()
  let watching = false

  async function watch(): Promise<void> {
    watching = true
    for (let [oldest] = open; oldest !== undefined; [oldest] = open) {
      await clock.sleep(oldest.untilMs - clock.nowMs())
      for (const call of open) {
        if (call.untilMs > clock.nowMs()) break
        call.giveUp(new Error(`no answer within ${ms} ms`))
      }
    }
    watching = false
  }

  /** The clock refuses a world that does not get on: its calls end, and tell so. */
  function giveUpAll(error: unknown): void {
    watching = false
    for (const call of open) call.giveUp(error)
  }

  return {
    run<T>(signal: AbortSignal | undefined, work: (attempt: Attempt) => Promise<T>): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason)
        let over: { readonly reason: unknown } | null = null
        let aborting: AbortController | null = null
        const end = () => {
          open.delete(call)
          signal?.removeEventListener('abort', onAbort)
        }
        const onAbort = () => call.giveUp(signal?.reason)
        const call: Call = {
          untilMs: clock.nowMs() + ms,
          throwIfOver() {
            if (over !== null) throw over.reason
          },
          get signal() {
            aborting ??= new AbortController()
            if (over !== null) aborting.abort(over.reason)
            return aborting.signal
          },
          giveUp(reason) {
            over = { reason }
            end()
            aborting?.abort(reason)
            reject(reason)
          },
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        open.add(call)
        if (!watching) watch().catch(giveUpAll)
        work(call).then(
          (value) => {
            end()
            resolve(value)
          },
          (error: unknown) => {
            end()
            reject(error)
          },
        )
      })
    },
  }
}
