import { createWriteStream } from 'node:fs'
import type { Clock } from '../../node/ports/clock.ts'
import type { TimelineEvent, TimelineFact } from './event.ts'

/** Where facts go: the run's file, and whoever listens live. */
export interface Timeline {
  record(fact: TimelineFact): void
  /** Calls back for every event recorded from now on; returns what ends it. */
  subscribe(listener: (event: TimelineEvent) => void): () => void
  /** Resolves when everything recorded is in the file. Facts that come later are dropped. */
  close(): Promise<void>
}

/** Events beyond this are dropped, with a note as the last one: a run that records more is looping. */
const eventsMax = 1_000_000

/** Opens the timeline of a run: NDJSON, one event per line, in the order of `record`. */
export function createTimeline(path: string, clock: Clock): Timeline {
  const stream = createWriteStream(path, { flags: 'wx', mode: 0o644 })
  const listeners = new Set<(event: TimelineEvent) => void>()
  let failure: Error | undefined
  let events = 0
  let closed = false
  stream.on('error', (error) => {
    failure ??= error
  })
  return {
    record(fact) {
      if (closed || events > eventsMax) return
      const full = ++events > eventsMax
      const kept: TimelineFact = full
        ? {
            kind: 'note',
            component: 'timeline',
            message: `more than ${eventsMax} events: the rest is not recorded`,
          }
        : fact
      const event: TimelineEvent = { t: clock.nowMs(), ...kept }
      stream.write(`${JSON.stringify(event)}\n`)
      for (const listener of listeners) listener(event)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      if (closed) return
      closed = true
      await new Promise<void>((resolve) => stream.end(resolve))
      if (failure !== undefined) throw new Error(`the timeline ${path} is not complete: ${failure.message}`)
    },
  }
}
