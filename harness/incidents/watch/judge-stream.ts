import type { WorldEvent } from '../../events/event.ts'
import type { Finding } from '../explain/finding.ts'
import { findingsOf } from '../explain/findings.ts'
import { readIncident } from '../explain/incident.ts'
import { lastWords } from '../record/last-words.ts'

/** Judges a stream while it comes, by the rules of an explanation. */
export interface StreamJudge {
  add(event: WorldEvent): void
  /**
   * What is violated now and was not told before: each rule is told once of each node, until it holds again. `nowMs` is
   * Unix time: where nothing happens, nothing comes.
   */
  judge(nowMs: number): readonly Finding[]
  /** Whether anybody told a head. */
  readonly hasHeads: boolean
}

/** A devnet's hour; with more the older half goes, but for the last word about everything. */
const eventsMax = 50_000

export function createStreamJudge(): StreamJudge {
  let events: WorldEvent[] = []
  let violated = new Map<string, Finding>()
  let hasHeads = false
  return {
    get hasHeads() {
      return hasHeads
    },
    add(event) {
      hasHeads ||= event.kind === 'head'
      events.push(event)
      if (events.length <= eventsMax) return
      const [header] = events
      const older = events.slice(1, events.length - eventsMax / 2)
      const kept = lastWords(older)
      events = [...(header === undefined ? [] : [header]), ...kept, ...events.slice(-eventsMax / 2)]
    },
    judge(nowMs) {
      const last = events.at(-1)
      if (last === undefined) return []
      const now: WorldEvent = {
        ...{ seq: last.seq, t: Math.max(nowMs, last.t), kind: 'note', component: 'watch' },
        message: 'now',
      }
      const before = violated
      violated = new Map()
      for (const finding of findingsOf(readIncident([...events, now]))) {
        const key = `${finding.rule} ${finding.node}`
        if (!violated.has(key)) violated.set(key, finding)
      }
      return [...violated].flatMap(([key, finding]) => (before.has(key) ? [] : [finding]))
    },
  }
}
