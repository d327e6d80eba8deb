import type { Clock } from '../../node/ports/clock.ts'
import type { Fact, WorldEvent } from './event.ts'

/** Everything that happens in a run, in one order. Whoever wants to know reads this; nothing observes beside it. */
export interface EventStream {
  /**
   * Adds what happened now. Facts after the end are dropped. What a listener records is told when all have heard of the
   * event that it listened to, so that everybody hears the same order.
   */
  record(fact: Fact): void
  /**
   * Calls back for every event from now on, in order, before `record` returns. A listener that throws fails the run that
   * recorded: it is our own code. Returns what ends it.
   * @param options.history first for all that was before, for who comes when the run has booted.
   * @throws when the history is longer than what is kept.
   */
  subscribe(listener: (event: WorldEvent) => void, options?: { readonly history?: boolean }): () => void
  /** No event comes any more. */
  end(): void
}

/** A boot records a few hundred; this many are kept for who subscribes after it. */
const historyMax = 20_000

export function createEventStream(clock: Clock): EventStream {
  const listeners = new Set<(event: WorldEvent) => void>()
  let history: WorldEvent[] = []
  /** The event that is being told, and what was recorded meanwhile. */
  const untold: WorldEvent[] = []
  let seq = 0
  let ended = false
  return {
    record(fact) {
      if (ended) return
      const event: WorldEvent = { seq: seq++, t: clock.nowMs(), ...fact }
      if (seq <= historyMax) history.push(event)
      else if (history.length > 0) history = []
      untold.push(event)
      if (untold.length > 1) return
      try {
        for (let next = untold[0]; next !== undefined; untold.shift(), next = untold[0])
          for (const listener of listeners) listener(next)
      } finally {
        untold.length = 0
      }
    },
    subscribe(listener, options) {
      if (options?.history === true) {
        if (seq > historyMax)
          throw new Error(
            `the first of ${seq} events are not kept any more: expected who needs them to subscribe within ${historyMax}`,
          )
        for (const event of history) listener(event)
      }
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    end() {
      ended = true
    },
  }
}
