import type { Clock } from '../../node/ports/clock.ts'
import type { EventStream } from '../events/stream.ts'
import { formatMs } from '../report/node-table.ts'

/** What a scenario is doing, and what it did to each component: a failure that knows it needs no search. */
export interface Activity {
  /** Steps under way, in the order in which they began. */
  readonly steps: readonly string[]
  /** Waits under way, in the order in which they began. */
  readonly waits: readonly string[]
  /** The scenario does that to a component; the word follows its name: `stopped`. Returns what takes it back. */
  did(component: string, deed: string): () => void
  /** The last deed to each component, one line each. */
  deeds(): readonly string[]
  /** That error ended a step. The innermost step counts. */
  endedBy(error: unknown, step: string): void
  /** The step that an error ended; undefined when it came from none. */
  stepOf(error: unknown): string | undefined
}

interface Deed {
  readonly deed: string
  readonly atMs: number
}

/** Reads steps and waits from the stream. */
export function createActivity(events: Pick<EventStream, 'subscribe'>, clock: Clock): Activity {
  const steps: string[] = []
  const waits = new Map<number, string>()
  const deeds = new Map<string, Deed>()
  const ended = new WeakMap<object, string>()
  events.subscribe((event) => {
    if (event.kind === 'step') {
      if (event.action === 'start') steps.push(event.step)
      else steps.splice(steps.lastIndexOf(event.step), 1)
    }
    if (event.kind === 'wait') {
      if (event.action === 'start') waits.set(event.id, event.what)
      else waits.delete(event.id)
    }
  })
  return {
    steps,
    get waits() {
      return [...waits.values()]
    },
    did(component, deed) {
      const before = deeds.get(component)
      const now = { deed, atMs: clock.nowMs() }
      // The newest last.
      deeds.delete(component)
      deeds.set(component, now)
      return () => {
        if (deeds.get(component) !== now) return
        if (before === undefined) deeds.delete(component)
        else deeds.set(component, before)
      }
    },
    deeds: () =>
      Array.from(
        deeds,
        ([component, { deed, atMs }]) =>
          `${component}: ${deed} by the scenario ${formatMs(clock.nowMs() - atMs)} ago`,
      ),
    endedBy(error, step) {
      if (typeof error === 'object' && error !== null && !ended.has(error)) ended.set(error, step)
    },
    stepOf: (error) => (typeof error === 'object' && error !== null ? ended.get(error) : undefined),
  }
}
