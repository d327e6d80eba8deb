import type { Clock } from '../ports/clock.ts'
import type { LogFields, Logger } from '../ports/logger.ts'
import type { GossipRefusal } from './gossip-validation.ts'

export type NoteRefusal = (reason: GossipRefusal, fields: LogFields) => void

/** The same reason is told again after this time. */
const refusalRepeatMs = 10_000

/** A peer decides how often it is refused, not how long the log grows: each reason is told at once, then rarely. */
export function createRefusalLog(clock: Clock, logger: Logger): NoteRefusal {
  const refusedMs = new Map<GossipRefusal, number>()
  return (reason, fields) => {
    const atMs = clock.nowMs()
    const isRepeat = atMs - (refusedMs.get(reason) ?? Number.NEGATIVE_INFINITY) < refusalRepeatMs
    logger[isRepeat ? 'debug' : 'info']('gossip message refused', fields)
    if (!isRepeat) refusedMs.set(reason, atMs)
  }
}
