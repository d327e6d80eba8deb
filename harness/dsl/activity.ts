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
  /**
   * What happened before, one line each: faults that hit, those on the way of what is told `about` first, then the last
   * deed to each component.
   */
  deeds(about?: string): readonly string[]
  /** That error ended a step. The innermost step counts. */
  endedBy(error: unknown, step: string): void
  /** The step that an error ended; undefined when it came from none. */
  stepOf(error: unknown): string | undefined
}

interface Deed {
  readonly deed: string
  readonly atMs: number
}

/** A fault that the scenario installed. */
interface FaultSeen {
  readonly point: string
  readonly fault: string
  hits: number
  readonly fromMs: number
  toMs: number | null
}

/** A scenario may install hundreds. */
const faultsShownMax = 4

function faultText({ point, fault, hits, fromMs, toMs }: FaultSeen, nowMs: number): string {
  const since =
    toMs === null ? `stands for ${formatMs(nowMs - fromMs)}` : `ended ${formatMs(nowMs - toMs)} ago`
  return `${point}: fault ${fault} ${since}, ${hits} ${hits === 1 ? 'hit' : 'hits'}`
}

/** Whether a component of the point is named. */
function isOnTheWay(point: string, about: string): boolean {
  const names = point.split(/[^\w-]+/)
  return about.split(/[^\w-]+/).some((word) => word !== '' && names.includes(word))
}

/** Reads steps, waits and faults from the stream. */
export function createActivity(events: Pick<EventStream, 'subscribe'>, clock: Clock): Activity {
  const steps: string[] = []
  const waits = new Map<number, string>()
  const deeds = new Map<string, Deed>()
  const ended = new WeakMap<object, string>()
  const faults = new Map<string, FaultSeen>()
  events.subscribe((event) => {
    if (event.kind === 'step') {
      if (event.action === 'start') steps.push(event.step)
      else steps.splice(steps.lastIndexOf(event.step), 1)
    }
    if (event.kind === 'fault') {
      const key = `${event.point} ${event.id}`
      const { point, fault } = event
      if (event.action === 'install')
        faults.set(key, { point, fault, hits: 0, fromMs: clock.nowMs(), toMs: null })
      const seen = faults.get(key)
      if (seen === undefined) return
      if (event.action === 'hit') seen.hits = event.hits ?? seen.hits + 1
      if (event.action === 'remove') seen.toMs = clock.nowMs()
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
    deeds(about = '') {
      const hit = [...faults.values()].filter(({ hits }) => hits > 0)
      const rank = (seen: FaultSeen) => (isOnTheWay(seen.point, about) ? 0 : 2) + (seen.toMs === null ? 0 : 1)
      const ranked = hit.sort((a, b) => rank(a) - rank(b) || b.fromMs - a.fromMs).slice(0, faultsShownMax)
      return [
        ...ranked.map((seen) => faultText(seen, clock.nowMs())),
        ...Array.from(
          deeds,
          ([component, { deed, atMs }]) =>
            `${component}: ${deed} by the scenario ${formatMs(clock.nowMs() - atMs)} ago`,
        ),
      ]
    },
    endedBy(error, step) {
      if (typeof error === 'object' && error !== null && !ended.has(error)) ended.set(error, step)
    },
    stepOf: (error) => (typeof error === 'object' && error !== null ? ended.get(error) : undefined),
  }
}
